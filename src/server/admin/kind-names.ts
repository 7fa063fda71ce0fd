import type { KindDefinition } from "../../api/registry.ts";
import { registry } from "../../features/kinds.ts";

/** Short names that commands of the original know beside those kubectl does. */
const shortNames: Readonly<Record<string, string>> = {
  gw: "Gateway",
  gtw: "Gateway",
  hr: "HTTPRoute",
  gr: "GRPCRoute",
  tr: "TLSRoute",
  tcr: "TCPRoute",
  ur: "UDPRoute",
  ctp: "ClientTrafficPolicy",
  btp: "BackendTrafficPolicy",
  btlsp: "BackendTLSPolicy",
  btlspolicy: "BackendTLSPolicy",
  sp: "SecurityPolicy",
  epp: "EnvoyPatchPolicy",
  eep: "EnvoyExtensionPolicy",
  ep: "EnvoyProxy",
  be: "Backend",
  hrf: "HTTPRouteFilter",
  svc: "Service",
  si: "ServiceImport",
  eps: "EndpointSlice",
  sec: "Secret",
  cm: "ConfigMap",
  ns: "Namespace",
  rg: "ReferenceGrant",
};

/** The kind that people mean by a name: as in manifests, plural, singular or short, whatever the case; ignored kinds are none. */
export function kindNamed(name: string): KindDefinition | undefined {
  const kind = registry.kindByName(shortNames[name.toLowerCase()] ?? name);
  return kind?.ignored === true ? undefined : kind;
}
