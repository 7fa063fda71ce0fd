/** What statuses must tell, as strictly as the official suite asks for it. */
import { expect } from "vitest";
import type { Condition, StatusBody } from "../../../src/translate/conditions.ts";
import { eventually, type TestGateway } from "../../e2e/harness/index.ts";

/** A condition as `Type=Status Reason`; without a reason any will do. */
type Expected = string;

function expectConditions(actual: readonly Condition[] | undefined, expected: readonly Expected[], what: string): void {
  const found = (actual ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
  for (const wanted of expected) {
    const matches = found.some((each) => each === wanted || each.startsWith(`${wanted} `));
    expect(matches, `${what}: ${wanted} among ${JSON.stringify(found)}`).toBe(true);
  }
}

/** Status of an object named `Kind namespace/name`, after a check that each of its conditions is about the latest generation. */
export function latestStatus(gateway: TestGateway, name: string): StatusBody {
  const [kind = "", key = ""] = name.split(" ");
  const status = gateway.translation.statuses.get(`${kind}/${key}`);
  if (!status) throw new Error(`${name} has no status`);
  const { conditions = [], listeners = [], parents = [], ancestors = [] } = status.body;
  const all = [conditions, ...[...listeners, ...parents, ...ancestors].map((entry) => entry.conditions)].flat();
  expect(all.length, `${name}: conditions`).toBeGreaterThan(0);
  for (const { type, observedGeneration } of all)
    expect(observedGeneration, `${name}: ${type}`).toBe(status.generation);
  return status.body;
}

/** Checks conditions of a Gateway, GatewayClass or ListenerSet itself, waiting for those that tell whether its Envoy is ready. */
export function expectObject(gateway: TestGateway, name: string, expected: readonly Expected[]): Promise<void> {
  return eventually(() => expectConditions(latestStatus(gateway, name).conditions, expected, name));
}

/** What the status of a listener must tell. */
export interface ExpectedListener {
  /** Kinds that must be among the supported ones. Empty: there must be none. */
  readonly kinds?: readonly string[];
  readonly attached?: number;
  readonly conditions?: readonly Expected[];
}

/** A listener that has its references and is accepted. */
export const sound = ["Accepted=True", "ResolvedRefs=True"];
/** One that is served, too. */
export const served = [...sound, "Programmed=True"];

/** Checks all listeners of a Gateway or ListenerSet: there must be these and no others. */
export function expectListeners(
  gateway: TestGateway,
  name: string,
  expected: Readonly<Record<string, ExpectedListener>>,
): void {
  const listeners = latestStatus(gateway, name).listeners ?? [];
  expect(listeners.map((listener) => listener.name).sort(), name).toEqual(Object.keys(expected).sort());
  for (const listener of listeners) {
    const { kinds, attached, conditions = [] } = expected[listener.name] ?? {};
    const what = `${name} ${listener.name}`;
    const supported = listener.supportedKinds.map(({ kind }) => kind);
    if (kinds?.length === 0) expect(supported, what).toEqual([]);
    expect(supported, `${what}: supportedKinds`).toEqual(expect.arrayContaining([...(kinds ?? [])]));
    for (const { group } of listener.supportedKinds) expect(group).toBe("gateway.networking.k8s.io");
    if (attached !== undefined) expect(listener.attachedRoutes, `${what}: attachedRoutes`).toBe(attached);
    expectConditions(listener.conditions, conditions, what);
  }
}

/**
 * Checks entries of `status.parents` (or `ancestors` of a policy): each parent, named `Kind namespace/name` with an optional
 * `#section`, must have these conditions; there must be no other parents of ours.
 */
export function expectParents(
  gateway: TestGateway,
  name: string,
  expected: Readonly<Record<string, readonly Expected[]>>,
): void {
  const { parents, ancestors } = latestStatus(gateway, name);
  const [, key = ""] = name.split(" ");
  const entries = parents
    ? parents.map(({ parentRef, ...rest }) => ({ ...rest, reference: parentRef }))
    : (ancestors ?? []).map(({ ancestorRef, ...rest }) => ({ ...rest, reference: ancestorRef }));
  const found = new Map(
    entries.map(({ reference, controllerName, conditions }) => {
      expect(reference.group, name).toBe("gateway.networking.k8s.io");
      expect(controllerName, name).toBe("gateway.envoyproxy.io/gatewayclass-controller");
      const namespace = reference.namespace ?? key.split("/")[0];
      const section = reference.sectionName === undefined ? "" : `#${reference.sectionName}`;
      return [`${reference.kind} ${namespace}/${reference.name}${section}`, conditions];
    }),
  );
  expect([...found.keys()].sort(), `${name}: parents`).toEqual(Object.keys(expected).sort());
  for (const [parent, conditions] of Object.entries(expected)) {
    expectConditions(found.get(parent), conditions, `${name} at ${parent}`);
  }
}

/** A route that is attached and has its references. */
export const attached = ["Accepted=True Accepted", "ResolvedRefs=True ResolvedRefs"];

/** Checks that routes are attached to Gateway `eg` (or another parent) with all references, and that all its listeners are served. */
export function expectAttached(gateway: TestGateway, parent: string, ...routes: readonly string[]): void {
  for (const name of routes) expectParents(gateway, name, { [parent]: attached });
  const [owner = ""] = parent.split("#");
  for (const { name, conditions } of latestStatus(gateway, owner).listeners ?? []) {
    expectConditions(conditions, served, `${owner} ${name}`);
  }
}
