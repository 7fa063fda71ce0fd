/** What chapters of the guide look at in the cluster. */
import { expect } from "vitest";
import { parse } from "yaml";
import type { Guide } from "../harness/guide.ts";

export const system = "envoy-gateway-system";
export const controllerName = "gateway.envoyproxy.io/gatewayclass-controller";

/** Selects what runs for the quickstart's Gateway. */
export const selector =
  "--selector=gateway.envoyproxy.io/owning-gateway-namespace=default,gateway.envoyproxy.io/owning-gateway-name=eg";

/** Patience with proxies and routes, which follow objects a moment later; a busy machine takes its time. */
export const soon = { timeout: 120_000, interval: 300 };

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly observedGeneration?: number;
}

export interface StatusEntry {
  readonly controllerName: string;
  readonly parentRef?: { readonly name: string };
  readonly ancestorRef?: { readonly kind: string; readonly name: string };
  readonly conditions: readonly Condition[];
}

export interface ClusterObject {
  readonly metadata: { readonly generation: number };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly addresses?: readonly { readonly type: string; readonly value: string }[];
    readonly parents?: readonly StatusEntry[];
    readonly ancestors?: readonly StatusEntry[];
  };
}

/** The object that a command shows with `-o yaml`, or the first of its list. */
export async function shown(guide: Guide, command: string): Promise<ClusterObject> {
  const object = parse(await guide.output(command)) as ClusterObject & { readonly items?: readonly ClusterObject[] };
  return object.items?.[0] ?? object;
}

/** `type=status reason` of each condition, as far as it is about the object as it is now. */
export function conditionsOf(entry: StatusEntry | undefined, { metadata }: ClusterObject): string[] {
  return (entry?.conditions ?? [])
    .filter(({ observedGeneration }) => observedGeneration === metadata.generation)
    .map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

/** Waits until a route that a command shows has been taken by its Gateway. */
export async function expectAcceptedRoute(guide: Guide, command: string, gateway: string): Promise<void> {
  await expect
    .poll(async () => {
      const route = await shown(guide, command);
      const [parent] = route.status?.parents ?? [];
      return [parent?.controllerName, parent?.parentRef?.name, ...conditionsOf(parent, route)];
    }, soon)
    .toEqual([controllerName, gateway, "Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"]);
}

/** Waits until a policy that a command shows is in effect for a Gateway. */
export async function expectAcceptedPolicy(guide: Guide, command: string, gateway: string): Promise<ClusterObject> {
  await expect
    .poll(async () => {
      const policy = await shown(guide, command);
      const [ancestor] = policy.status?.ancestors ?? [];
      return [
        ancestor?.controllerName,
        `${ancestor?.ancestorRef?.kind}/${ancestor?.ancestorRef?.name}`,
        ...conditionsOf(ancestor, policy),
      ];
    }, soon)
    .toEqual([controllerName, `Gateway/${gateway}`, "Accepted=True Accepted"]);
  return shown(guide, command);
}

/** Waits until nothing that ran for Gateways is left. */
export async function expectNoEnvoys(guide: Guide): Promise<void> {
  const kinds = "deployments,daemonsets,services,configmaps,serviceaccounts,secrets,hpa,pdb,pods";
  const left = `kubectl get ${kinds} -n ${system} --selector=app.kubernetes.io/managed-by=envoy-gateway -o name`;
  await expect.poll(() => guide.output(left), soon).toBe("");
}

/** Status code of a request of the guide, as soon as it is the expected one. */
export async function expectCode(guide: Guide, command: string, code: number): Promise<void> {
  await expect.poll(async () => (await guide.run(command)).output, soon).toBe(`${code}\n`);
}
