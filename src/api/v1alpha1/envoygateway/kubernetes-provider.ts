/** The control plane in a cluster. */
import {
  boolean,
  defaulted,
  type Infer,
  integer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { LabelSelector } from "../../gateway-api/listener.ts";
import { Duration } from "../../gateway-api/names.ts";
import {
  KubernetesDeploymentSpec,
  KubernetesPodDisruptionBudgetSpec,
  RateLimitAutoscalerSpec,
} from "../shared/kubernetes-objects.ts";

/** Which namespaces are looked at. */
export const KubernetesWatchMode = named(
  "KubernetesWatchMode",
  object(
    {
      type: optional(
        string<"Namespaces" | "NamespaceSelector">(),
        "`Namespaces`: those listed; `NamespaceSelector`: those chosen by labels. Absent means all.",
      ),
      namespaces: optional(listOf(string()), "The namespaces."),
      namespaceSelector: optional(LabelSelector, "Labels of the namespaces."),
    },
    rule(
      "!has(self.type) || self.type in ['Namespaces', 'NamespaceSelector']",
      "type of watch must be Namespaces or NamespaceSelector",
    ),
    rule(
      "!has(self.type) || self.type != 'Namespaces' || (has(self.namespaces) && size(self.namespaces) > 0)",
      "namespaces must be listed for type Namespaces",
    ),
    rule(
      "!has(self.type) || self.type != 'NamespaceSelector' || has(self.namespaceSelector)",
      "namespaceSelector must be given for type NamespaceSelector",
    ),
  ),
  "Which namespaces are looked at.",
);
export type KubernetesWatchMode = Infer<typeof KubernetesWatchMode>;

/** How several control planes agree on the one that writes. */
export const LeaderElection = named(
  "LeaderElection",
  object(
    {
      leaseDuration: defaulted(Duration, "15s", "Time after which a silent leader is replaced."),
      renewDeadline: defaulted(Duration, "10s", "Time in which the leader must renew its lease."),
      retryPeriod: defaulted(Duration, "2s", "Time between two attempts to get the lease."),
      disable: defaulted(boolean(), false, "Turns the election off, for a single control plane."),
    },
    rule(
      "duration(self.leaseDuration) > duration(self.renewDeadline)",
      "leaseDuration must be longer than renewDeadline: a leader must give up before another may take over",
    ),
    rule(
      "duration(self.renewDeadline) > duration(self.retryPeriod)",
      "renewDeadline must be longer than retryPeriod: a leader must have time for more than one attempt",
    ),
  ),
  "How several control planes agree on the one that writes.",
);
export type LeaderElection = Infer<typeof LeaderElection>;

const Rate = integer({ format: "int32", minimum: 1 });

/** Fields that a source of objects in a cluster has. */
export const kubernetesSourceFields = {
  watch: optional(KubernetesWatchMode, "Which namespaces are looked at. Default: all."),
  leaderElection: optional(LeaderElection, "How several control planes agree on the one that writes."),
  client: optional(
    object({
      rateLimit: optional(
        object({
          qps: defaulted(Rate, 50, "Calls a second."),
          burst: defaulted(Rate, 100, "Calls at once."),
        }),
        "Limits of the calls to the API server.",
      ),
    }),
    "Calls to the API server.",
  ),
  cacheSyncPeriod: optional(Duration, "How often all objects are read again. Default: 10h."),
};

/** The control plane in a cluster. */
export const EnvoyGatewayKubernetesProvider = named(
  "EnvoyGatewayKubernetesProvider",
  object({
    ...kubernetesSourceFields,
    rateLimitDeployment: optional(KubernetesDeploymentSpec, "The Deployment of the rate limit service."),
    rateLimitHpa: optional(RateLimitAutoscalerSpec, "An autoscaler for it."),
    rateLimitPDB: optional(KubernetesPodDisruptionBudgetSpec, "A disruption budget for it."),
    deploy: optional(
      object({
        type: defaulted(
          oneOf("ControllerNamespace", "GatewayNamespace"),
          "ControllerNamespace",
          "Whether proxies run in the control plane's namespace or in that of their Gateway.",
        ),
      }),
      "Where proxies run.",
    ),
    shutdownManager: optional(
      object({ image: optional(string(), "Image of the container. Default: that of the control plane.") }),
      "The container that drains proxies before they end.",
    ),
    proxyTopologyInjector: optional(
      object({ disabled: defaulted(boolean(), false, "Turns it off.") }),
      "The webhook that tells proxies their zone.",
    ),
  }),
  "The control plane in a cluster.",
);
export type EnvoyGatewayKubernetesProvider = Infer<typeof EnvoyGatewayKubernetesProvider>;
