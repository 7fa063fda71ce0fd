/**
 * Objects that are made in a cluster to run a program: how they may differ from what is made by default. Kubernetes' own types
 * inside are kept as they are; the API server judges them when the object is made.
 */
import {
  anything,
  boolean,
  defaulted,
  type Infer,
  integer,
  intOrString,
  listOf,
  mapOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import type { Json } from "../../../schema/structural.ts";

/** Object of one of Kubernetes' own types, not looked into. */
export type Foreign = { readonly [key: string]: Json };

const foreign = anything<Foreign>({ type: "object" });
const foreignList = listOf(foreign);
const strings = mapOf(string());
const name = optional(string(), "Name of the object, in place of the generated one.");
const Replicas = integer({ format: "int32" }, rule("self > 0", "number of replicas must be above zero"));

/** A patch of an object that is about to be made. */
export const KubernetesPatchSpec = named(
  "KubernetesPatchSpec",
  object({
    type: optional(
      string<"StrategicMerge" | "JSONMerge" | "Replace">(),
      "How the patch is applied: `StrategicMerge` (the default) or `JSONMerge`.",
    ),
    value: required(anything<Json>(), "The patch."),
  }),
  "A patch of an object that is about to be made.",
);
export type KubernetesPatchSpec = Infer<typeof KubernetesPatchSpec>;

const patch = optional(KubernetesPatchSpec, "Patch of the object, applied last.");

/** What pods may have in other ways than by default. */
export const KubernetesPodSpec = named(
  "KubernetesPodSpec",
  object({
    annotations: optional(strings, "Annotations of the pods."),
    labels: optional(strings, "Labels of the pods, besides those that select them."),
    securityContext: optional(foreign, "Rights of the pods' processes."),
    affinity: optional(foreign, "Where the pods may run."),
    tolerations: optional(foreignList, "Taints of nodes the pods put up with."),
    volumes: optional(foreignList, "Further volumes."),
    imagePullSecrets: optional(foreignList, "Secrets for fetching images."),
    nodeSelector: optional(strings, "Labels the nodes must have."),
    topologySpreadConstraints: optional(foreignList, "How pods are spread."),
    priorityClassName: optional(string(), "Priority class of the pods."),
  }),
  "What pods may have in other ways than by default.",
);
export type KubernetesPodSpec = Infer<typeof KubernetesPodSpec>;

/** What the main container may have in other ways than by default. */
export const KubernetesContainerSpec = named(
  "KubernetesContainerSpec",
  object(
    {
      env: optional(foreignList, "Further environment variables."),
      resources: optional(foreign, "Processor and memory it asks for and may use."),
      securityContext: optional(foreign, "Rights of its process."),
      image: optional(
        string(
          {},
          rule(
            "self.matches('^[a-zA-Z0-9._-]+(:[0-9]+)?(/[a-zA-Z0-9._/-]+)?(:[a-zA-Z0-9._-]+)?(@sha256:[a-z0-9]+)?$')",
            "image must be a reference such as registry.example.com/path/name:tag",
          ),
        ),
        "Image, with its tag.",
      ),
      imageRepository: optional(
        string(
          {},
          rule(
            "self.matches('^[a-zA-Z0-9._-]+(:[0-9]+)?[a-zA-Z0-9._/-]+$')",
            "imageRepository must be a repository such as registry.example.com/path/name, without a tag",
          ),
        ),
        "Repository of the image; the tag is the default one.",
      ),
      volumeMounts: optional(foreignList, "Where volumes are mounted."),
    },
    rule("!has(self.image) || !has(self.imageRepository)", "image and imageRepository cannot be given both"),
  ),
  "What the main container may have in other ways than by default.",
);
export type KubernetesContainerSpec = Infer<typeof KubernetesContainerSpec>;

/** The Deployment. */
export const KubernetesDeploymentSpec = named(
  "KubernetesDeploymentSpec",
  object({
    patch,
    replicas: optional(integer({ format: "int32" }), "Number of pods. Default: 1; with an autoscaler as that decides."),
    strategy: optional(foreign, "How pods are replaced."),
    pod: optional(KubernetesPodSpec, "The pods."),
    container: optional(KubernetesContainerSpec, "The main container."),
    initContainers: optional(foreignList, "Containers that run before it."),
    name,
  }),
  "How the Deployment differs from what is made by default.",
);
export type KubernetesDeploymentSpec = Infer<typeof KubernetesDeploymentSpec>;

/** The DaemonSet. */
export const KubernetesDaemonSetSpec = named(
  "KubernetesDaemonSetSpec",
  object({
    patch,
    strategy: optional(foreign, "How pods are replaced."),
    pod: optional(KubernetesPodSpec, "The pods."),
    container: optional(KubernetesContainerSpec, "The main container."),
    name,
  }),
  "How the DaemonSet differs from what is made by default.",
);
export type KubernetesDaemonSetSpec = Infer<typeof KubernetesDaemonSetSpec>;

const autoscalerRule = rule(
  "!has(self.minReplicas) || self.maxReplicas >= self.minReplicas",
  "maxReplicas must not be below minReplicas",
);
const autoscalerFields = {
  minReplicas: optional(Replicas, "Fewest pods. Default: 1."),
  metrics: optional(foreignList, "What decides. Default: 80 % of the processor asked for."),
  behavior: optional(foreign, "How fast the number changes."),
  patch,
  name,
};

/** The autoscaler of the fleet. */
export const KubernetesHorizontalPodAutoscalerSpec = named(
  "KubernetesHorizontalPodAutoscalerSpec",
  object({ ...autoscalerFields, maxReplicas: required(Replicas, "Most pods.") }, autoscalerRule),
  "An autoscaler. Its presence turns it on.",
);
export type KubernetesHorizontalPodAutoscalerSpec = Infer<typeof KubernetesHorizontalPodAutoscalerSpec>;

/** The autoscaler of the rate limit service, whose upper limit may be left out. */
export const RateLimitAutoscalerSpec = object(
  { ...autoscalerFields, maxReplicas: optional(Replicas, "Most pods.") },
  autoscalerRule,
);

/** The disruption budget. */
export const KubernetesPodDisruptionBudgetSpec = named(
  "KubernetesPodDisruptionBudgetSpec",
  object(
    {
      minAvailable: optional(intOrString(), "Pods that must stay, as number or percentage."),
      maxUnavailable: optional(intOrString(), "Pods that may be missing, as number or percentage."),
      patch,
      name,
    },
    rule(
      "(has(self.minAvailable) && !has(self.maxUnavailable)) || (!has(self.minAvailable) && has(self.maxUnavailable))",
      "either minAvailable or maxUnavailable must be given, and not both",
    ),
  ),
  "A disruption budget. Its presence turns it on.",
);
export type KubernetesPodDisruptionBudgetSpec = Infer<typeof KubernetesPodDisruptionBudgetSpec>;

function forLoadBalancer(field: string) {
  return rule(`!has(self.${field}) || self.type == 'LoadBalancer'`, `${field} is for type LoadBalancer only`);
}

/** The Service in front of the fleet. */
export const KubernetesServiceSpec = named(
  "KubernetesServiceSpec",
  object(
    {
      annotations: optional(strings, "Annotations of the Service."),
      labels: optional(strings, "Labels of the Service."),
      type: defaulted(oneOf("ClusterIP", "LoadBalancer", "NodePort"), "LoadBalancer", "How the Service is reached."),
      loadBalancerClass: optional(string(), "Class of the load balancer."),
      allocateLoadBalancerNodePorts: optional(boolean(), "Whether ports at every node are set aside. Default: true."),
      loadBalancerSourceRanges: optional(listOf(string()), "Address ranges that clients may come from."),
      loadBalancerIP: optional(
        string(
          {},
          rule(
            'self.matches(r"^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\\.){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$")',
            "loadBalancerIP must be an IPv4 address",
          ),
        ),
        "Address that is asked for.",
      ),
      externalTrafficPolicy: defaulted(
        oneOf("Local", "Cluster"),
        "Local",
        "`Local`: traffic stays at the node it reached, so that the client's address is seen; `Cluster`: it is spread.",
      ),
      patch,
      name,
    },
    forLoadBalancer("allocateLoadBalancerNodePorts"),
    forLoadBalancer("loadBalancerSourceRanges"),
    forLoadBalancer("loadBalancerIP"),
  ),
  "How the Service in front of the fleet differs from what is made by default.",
);
export type KubernetesServiceSpec = Infer<typeof KubernetesServiceSpec>;

/** The service account of the fleet. */
export const KubernetesServiceAccountSpec = named(
  "KubernetesServiceAccountSpec",
  object({ name }),
  "How the service account differs from what is made by default.",
);
export type KubernetesServiceAccountSpec = Infer<typeof KubernetesServiceAccountSpec>;
