{{- define "eg.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "eg.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "eg.selector" . }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "eg.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Name of what the chart makes beside the control plane itself, e.g. eg-gateway-helm-certgen. */}}
{{- define "eg.fullname" -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "eg.image" -}}
{{- $image := .Values.deployment.envoyGateway.image -}}
{{- printf "%s:%s" (default "docker.io/envoyproxy/gateway" $image.repository) (default .Chart.AppVersion $image.tag) -}}
{{- end -}}

{{- define "eg.imagePullPolicy" -}}
{{- $default := ternary "Always" "IfNotPresent" (hasSuffix ":latest" (include "eg.image" .)) -}}
{{- default $default .Values.deployment.envoyGateway.imagePullPolicy -}}
{{- end -}}

{{/* The configuration, with what its kind needs. */}}
{{- define "eg.config" -}}
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyGateway
{{ toYaml .Values.config.envoyGateway }}
{{- end -}}

{{- define "eg.rules" -}}
{{- $all := .root.Files.Get "files/rbac.yaml" | fromYaml -}}
{{- toYaml (get $all .part) -}}
{{- end -}}

{{- define "eg.env" -}}
- name: ENVOY_GATEWAY_NAMESPACE
  valueFrom:
    fieldRef:
      apiVersion: v1
      fieldPath: metadata.namespace
- name: KUBERNETES_CLUSTER_DOMAIN
  value: {{ .Values.kubernetesClusterDomain | quote }}
{{- end -}}

{{/* A line for each value that is given and has no effect: `given` beside `known`, a part of files/without-effect.yaml. */}}
{{- define "eg.withoutEffect" -}}
{{- range $name, $known := .known -}}
{{- if hasKey $.given $name -}}
{{- $given := get $.given $name -}}
{{- $path := ternary $name (printf "%s.%s" $.path $name) (eq $.path "") -}}
{{- if and (kindIs "map" $known) (kindIs "map" $given) (not (empty $known)) -}}
{{- include "eg.withoutEffect" (dict "known" $known "given" $given "path" $path) -}}
{{- else if ne (toJson $known) (toJson $given) }}
  {{ $path }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
