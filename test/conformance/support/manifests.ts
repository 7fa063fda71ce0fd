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
