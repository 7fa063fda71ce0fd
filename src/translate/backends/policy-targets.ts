/** What policies for backends (BackendTLSPolicy, XBackendTrafficPolicy) can be attached to. */

/** Kinds with their groups. */
const groups: Readonly<Record<string, string | undefined>> = {
  Service: "",
  ServiceImport: "multicluster.x-k8s.io",
  Backend: "gateway.envoyproxy.io",
};

/** Whether a policy for backends can have this target. */
export function isPolicyTarget({ group, kind }: { readonly group: string; readonly kind: string }): boolean {
  return groups[kind] === group;
}
