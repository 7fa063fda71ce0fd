/** Where the proxies run: in a cluster, or on this host. */
import { boolean, type Infer, named, object, oneOf, optional, required, string } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import {
  KubernetesDaemonSetSpec,
  KubernetesDeploymentSpec,
  KubernetesHorizontalPodAutoscalerSpec,
  KubernetesPodDisruptionBudgetSpec,
  KubernetesServiceAccountSpec,
  KubernetesServiceSpec,
} from "../shared/kubernetes-objects.ts";

function notBoth(a: string, b: string, message: string) {
  return rule(
    `((has(self.${a}) && !has(self.${b})) || (!has(self.${a}) && has(self.${b}))) || (!has(self.${a}) && !has(self.${b}))`,
    message,
  );
}

/** Objects in a cluster that run the proxies. */
export const EnvoyProxyKubernetesProvider = named(
  "EnvoyProxyKubernetesProvider",
  object(
    {
      envoyDeployment: optional(KubernetesDeploymentSpec, "The Deployment."),
      envoyDaemonSet: optional(KubernetesDaemonSetSpec, "A DaemonSet in place of the Deployment."),
      envoyService: optional(KubernetesServiceSpec, "The Service in front of them."),
      envoyHpa: optional(KubernetesHorizontalPodAutoscalerSpec, "An autoscaler for the Deployment."),
      envoyPDB: optional(KubernetesPodDisruptionBudgetSpec, "A disruption budget."),
      envoyServiceAccount: optional(KubernetesServiceAccountSpec, "The service account."),
      useListenerPortAsContainerPort: optional(
        boolean(),
        "Whether proxies listen on the listeners' own ports. Default: false, ports below 1024 get 10000 added.",
      ),
    },
    notBoth("envoyDeployment", "envoyDaemonSet", "envoyDeployment and envoyDaemonSet cannot be given both"),
    notBoth("envoyHpa", "envoyDaemonSet", "envoyHpa cannot be given with envoyDaemonSet"),
  ),
  "Objects in a cluster that run the proxies.",
);
export type EnvoyProxyKubernetesProvider = Infer<typeof EnvoyProxyKubernetesProvider>;

/** Where the proxies run. */
export const EnvoyProxyProvider = named(
  "EnvoyProxyProvider",
  object({
    type: required(oneOf("Kubernetes", "Host"), "In a cluster, or on the host of the control plane."),
    kubernetes: optional(EnvoyProxyKubernetesProvider, "Objects in the cluster."),
    host: optional(
      object({
        envoyVersion: optional(
          string(),
          "Version of Envoy that is fetched and run. Default: the one this release was tested with.",
        ),
      }),
      "Processes on the host.",
    ),
  }),
  "Where the proxies run.",
);
export type EnvoyProxyProvider = Infer<typeof EnvoyProxyProvider>;
