import { indent } from "../../e2e/harness/manifests.ts";

/** What an HTTPRoute or GRPCRoute is made of; all but the rules may be left out. */
export interface RouteOptions {
  /** YAML of the list of parentRefs. Default: Gateway `eg`. */
  readonly parents?: string;
  readonly hostnames?: readonly string[];
  /** YAML of the list of rules. */
  readonly rules: string;
  readonly created?: string;
}

/** Manifest of a route; the name may be `namespace/name`. */
export function route(kind: "HTTPRoute" | "GRPCRoute", name: string, options: RouteOptions): string {
  const [namespace, plain] = name.includes("/") ? name.split("/") : ["default", name];
  const { parents = "- { name: eg, namespace: default }", hostnames, rules, created } = options;
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: { name: ${plain}, namespace: ${namespace}${created ? `, creationTimestamp: "${created}"` : ""} }
spec:
  parentRefs:
${indent(parents, 4)}
${hostnames ? `  hostnames: ${JSON.stringify(hostnames)}\n` : ""}  rules:
${indent(rules, 4)}
`;
}

/** Manifest of a ReferenceGrant `namespace/name` from `Kind namespace` (of the Gateway API) to `Kind` or `Kind name` of the core group. */
export function grant(name: string, from: string, to: string): string {
  const [namespace, plain] = name.split("/");
  const [fromKind, fromNamespace] = from.split(" ");
  const [toKind, toName] = to.split(" ");
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: ${plain}, namespace: ${namespace} }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: ${fromKind}, namespace: ${fromNamespace} }]
  to: [{ group: "", kind: ${toKind}${toName ? `, name: ${toName}` : ""} }]
`;
}

/** Manifest of a ListenerSet of Gateway `eg`; the name may be `namespace/name`. */
export function listenerSet(name: string, listeners: string, created = 0): string {
  const [namespace, plain] = name.includes("/") ? name.split("/") : ["default", name];
  return `---
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: { name: ${plain}, namespace: ${namespace}, creationTimestamp: "2026-01-01T00:00:0${created}Z" }
spec:
  parentRef: { kind: Gateway, group: gateway.networking.k8s.io, name: eg, namespace: default }
  listeners:
${indent(listeners, 4)}
`;
}

export const namespace = (name: string, labels = "{}") => `---
apiVersion: v1
kind: Namespace
metadata: { name: ${name}, labels: ${labels} }
`;

/** A route whose parents are named `eg`, or the name of a ListenerSet of namespace `default`, each with an optional `#section`. */
export function routeTo(
  name: string,
  parents: readonly string[],
  path: string,
  backend: string,
  refNamespace = "default",
): string {
  const refs = parents.map((each) => {
    const [key = "", section] = each.split("#");
    const [space, plain] = key.includes("/") ? key.split("/") : ["default", key];
    const kind = key === "eg" ? "Gateway" : "ListenerSet";
    return `- { group: gateway.networking.k8s.io, kind: ${kind}, name: ${plain}, namespace: ${space}${section ? `, sectionName: ${section}` : ""} }`;
  });
  const to = `{ name: ${backend}, namespace: ${refNamespace}, port: 80 }`;
  return route("HTTPRoute", name, {
    parents: refs.join("\n"),
    rules: `- { matches: [{ path: { value: ${path} } }], backendRefs: [${to}] }`,
  });
}
