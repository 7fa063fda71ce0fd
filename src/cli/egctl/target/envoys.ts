import { defaultAdminPort } from "../../../api/v1alpha1/envoygateway/ports.ts";
import { envoyPodPorts } from "../../../translate/listeners/bind-port.ts";
import { type CliContext, CommandError } from "../../context.ts";
import { type AdminServer, adminAt, askJson } from "../admin-client.ts";
import { type Cluster, nameOf, type Pod } from "./cluster.ts";
import { controlPlaneNamespace, type PodSelection } from "./options.ts";
import type { Target } from "./target.ts";

/** A pod, or a process on this machine, with its admin server. */
export interface Instance {
  readonly namespace: string;
  readonly name: string;
  readonly admin: AdminServer;
  /** Where it runs in a cluster, and the port of its admin server there. */
  readonly pod?: { readonly namespace: string; readonly name: string; readonly port: number };
}

const owningNamespace = "gateway.envoyproxy.io/owning-gateway-namespace";
const owningName = "gateway.envoyproxy.io/owning-gateway-name";
/** Labels of every Envoy's pod. */
export const proxyLabels = ["app.kubernetes.io/component=proxy", "app.kubernetes.io/managed-by=envoy-gateway"];

/**
 * The Envoys that run and fit; `wanted` is the name of one, or `namespace/name` of its Gateway. Throws a {@link CommandError} when
 * there are none.
 */
export async function findEnvoys(
  target: Target,
  wanted: string | undefined,
  selection: PodSelection,
  context: CliContext,
): Promise<readonly Instance[]> {
  return target.kind === "machine"
    ? envoysOfMachine(target.admin, wanted, selection)
    : runningPods(
        target.cluster,
        { what: "Envoy", labels: proxyLabels, wanted, adminPort: envoyPodPorts.admin },
        selection,
        context,
      );
}

/** The control planes of a cluster that run and fit. Throws a {@link CommandError} when there are none. */
export async function findControlPlanes(
  cluster: Cluster,
  wanted: string | undefined,
  selection: PodSelection,
  context: CliContext,
): Promise<readonly Instance[]> {
  const labels = ["control-plane=envoy-gateway"];
  return runningPods(
    cluster,
    { what: "control plane", labels, wanted, adminPort: defaultAdminPort },
    selection,
    context,
  );
}

interface WantedPods {
  /** As messages name one. */
  readonly what: string;
  readonly labels: readonly string[];
  readonly wanted: string | undefined;
  readonly adminPort: number;
}

async function runningPods(
  cluster: Cluster,
  { what, labels, wanted, adminPort }: WantedPods,
  selection: PodSelection,
  { stderr }: CliContext,
): Promise<readonly Instance[]> {
  const namespace = selection.allNamespaces ? undefined : (selection.namespace ?? controlPlaneNamespace);
  const pods = await cluster.pods(namespace, [...labels, ...(selection.labels ?? [])]);
  const fitting = pods.filter(
    (pod) => wanted === undefined || pod.metadata.name === wanted || gatewayOf(pod) === wanted,
  );
  if (fitting.length === 0) throw new CommandError(missing(what, wanted, namespace, selection, pods));
  const isRunning = (pod: Pod): boolean => pod.status?.phase === "Running";
  for (const pod of fitting)
    if (!isRunning(pod)) stderr.write(`WARN: pod ${nameOf(pod)} is not running, skipping it.\n`);
  const running = fitting.filter(isRunning);
  if (running.length === 0) throw new CommandError(`No ${what} that fits is running.`);
  return running.map((pod) => {
    const { namespace, name } = pod.metadata;
    return { namespace, name, pod: { namespace, name, port: adminPort }, admin: cluster.serverIn(pod, adminPort) };
  });
}

function gatewayOf({ metadata: { labels } }: Pod): string {
  return `${labels?.[owningNamespace] ?? ""}/${labels?.[owningName] ?? ""}`;
}

function missing(
  what: string,
  wanted: string | undefined,
  namespace: string | undefined,
  { labels = [] }: PodSelection,
  others: readonly Pod[],
): string {
  const where = namespace === undefined ? "in any namespace" : `in namespace ${namespace}`;
  const hint = namespace === undefined ? "" : "; -n names another namespace, -A looks in all of them";
  const fit = labels.length > 0 ? ` with ${labels.join(",")}` : "";
  if (wanted === undefined || others.length === 0) return `There is no ${what}${fit} ${where}${hint}.`;
  return `There is no ${what} ${wanted}${fit} ${where}; there are ${others.map(({ metadata: { name } }) => name).join(", ")}.`;
}

interface ListedFleet {
  readonly fleet: string;
  readonly name?: string;
  readonly adminAddress?: string;
  /** Keys of the Gateways it serves. */
  readonly gateways?: readonly string[];
}

async function envoysOfMachine(
  admin: AdminServer,
  wanted: string | undefined,
  { namespace, allNamespaces, labels = [] }: PodSelection,
): Promise<readonly Instance[]> {
  const { fleets } = (await askJson(admin, "/api/envoys")) as { readonly fleets: readonly ListedFleet[] };
  const running = fleets
    .filter((fleet) => labels.every((label) => hasLabel(fleet, label)))
    .flatMap(({ fleet, name, adminAddress }) =>
      name !== undefined && adminAddress !== undefined
        ? [{ namespace: namespaceOf(fleet), name, admin: adminAt(adminAddress), fleet }]
        : [],
    )
    .filter((envoy) => namespace === undefined || allNamespaces === true || envoy.namespace === namespace);
  const chosen =
    wanted === undefined ? running : running.filter(({ name, fleet }) => name === wanted || fleet === wanted);
  if (chosen.length > 0) return chosen;
  const names = running.map(({ name }) => name).join(", ");
  const of = namespace === undefined || allNamespaces === true ? "" : ` of a Gateway in namespace ${namespace}`;
  throw new CommandError(
    wanted === undefined || running.length === 0
      ? `No Envoy${of}${labels.length > 0 ? " with these labels" : ""} runs.`
      : `There is no Envoy ${wanted}; there are ${names}.`,
  );
}

function namespaceOf(fleet: string): string {
  return fleet.includes("/") ? (fleet.split("/")[0] ?? "") : "";
}

/** Labels that an Envoy in a cluster bears for its Gateway. Throws a {@link CommandError} for any other. */
function hasLabel({ gateways = [] }: ListedFleet, label: string): boolean {
  const [name = "", value = ""] = label.split("=");
  const wanted = value.trim();
  if (name === owningNamespace) return gateways.some((key) => key.startsWith(`${wanted}/`));
  if (name === owningName) return gateways.some((key) => key.endsWith(`/${wanted}`));
  throw new CommandError(`Envoys have no label ${name}; they have ${owningNamespace} and ${owningName}.`);
}
