import type { Listener } from "../../api/gateway-api/listener.ts";
import { objectKey } from "../../api/object.ts";
import type { Collection, Context } from "../../engine/index.ts";
import { type Condition, isFalse, isTrue } from "../conditions.ts";
import type { ReferenceGrants } from "../grants.ts";
import { isValidSelector } from "../label-selector.ts";
import { allowedKinds, isSupportedProtocol, supportedProtocols } from "./allowed-routes.ts";
import { resolveCertificates, type ServerCertificate } from "./certificates.ts";
import { carriesHttp, type DeclaredListener, isPassthrough, type ListenerModel } from "./model.ts";

/** What a verdict depends on besides the listener. */
export interface JudgeSources {
  readonly certificates: Collection<ServerCertificate>;
  readonly grants: ReferenceGrants;
}

const programmed: readonly Condition[] = [
  isTrue("Programmed", "Programmed", "Sending translated listener configuration to the data plane"),
  isTrue("Accepted", "Accepted", "Listener has been successfully translated"),
];
const resolved = isTrue("ResolvedRefs", "ResolvedRefs", "Listener references have been resolved");
const notProgrammed = isFalse("Programmed", "Invalid", "The listener is not served; its other conditions say why.");

/** Tells whether a listener can be served, with its conditions. `portProblem`: why it cannot have its port. */
export function judge(
  declared: DeclaredListener,
  portProblem: Condition | undefined,
  sources: JudgeSources,
  ctx: Context,
): ListenerModel {
  const { listener, namespace } = declared;
  const base = { ...declared, supportedKinds: allowedKinds(listener).supported, certificates: [] };
  const reject = (...conditions: readonly Condition[]): ListenerModel => ({ ...base, conditions, isProgrammed: false });
  if (!isSupportedProtocol(listener.protocol)) {
    const message = `Protocol ${listener.protocol} is not supported; use one of ${supportedProtocols.join(", ")}.`;
    return reject(isFalse("Accepted", "UnsupportedProtocol", message), notProgrammed, resolved);
  }
  if (portProblem) return reject(portProblem, notProgrammed, resolved);
  const kindProblem = invalidKinds(declared);
  if (kindProblem) return reject(notProgrammed, kindProblem);
  const invalid = invalidSettings(declared);
  // No word about Accepted, as the original has none here.
  if (invalid) return reject(isFalse("Programmed", "Invalid", invalid), resolved);
  if (!needsCertificate(declared)) return { ...base, conditions: [...programmed, resolved], isProgrammed: true };
  const { certificates, problem } = resolveCertificates(
    listener,
    namespace,
    { ...sources, referrerKind: declared.owner.kind },
    ctx,
  );
  if (certificates.length === 0) return reject(notProgrammed, ...programmed.slice(1), problem ?? resolved);
  return { ...base, certificates, conditions: [...programmed, problem ?? resolved], isProgrammed: true };
}

const tlsProtocols: readonly string[] = ["HTTPS", "TLS"];

function needsCertificate({ listener }: DeclaredListener): boolean {
  return tlsProtocols.includes(listener.protocol) && !isPassthrough(listener);
}

function invalidKinds({ listener }: DeclaredListener): Condition | undefined {
  const { invalid } = allowedKinds(listener);
  if (invalid.length === 0) return undefined;
  const names = invalid.map(({ group, kind }) => objectKey(group, kind)).join(", ");
  return isFalse(
    "ResolvedRefs",
    "InvalidRouteKinds",
    `allowedRoutes.kinds: ${names} cannot be carried by protocol ${listener.protocol}.`,
  );
}

/** What the schema cannot say about a listener; a sentence, or `undefined` if all is well. */
function invalidSettings({ listener }: DeclaredListener): string | undefined {
  const namespaces = listener.allowedRoutes?.namespaces;
  if (namespaces?.from === "Selector" && !namespaces.selector) {
    return "allowedRoutes.namespaces.selector is needed when from is Selector.";
  }
  if (namespaces?.selector && !isValidSelector(namespaces.selector)) {
    return "allowedRoutes.namespaces.selector is malformed: In and NotIn need values, Exists and DoesNotExist must have none.";
  }
  return tlsProtocols.includes(listener.protocol) ? invalidTls(listener) : misplacedTls(listener);
}

function misplacedTls({ protocol, tls, hostname }: Listener): string | undefined {
  if (tls) return `tls is not allowed with protocol ${protocol}.`;
  return hostname && !carriesHttp({ protocol }) ? `hostname is not allowed with protocol ${protocol}.` : undefined;
}

function invalidTls({ protocol, tls }: Listener): string | undefined {
  if (!tls) return `tls is needed with protocol ${protocol}.`;
  const hasCertificate = Boolean(tls.certificateRefs?.length);
  if (tls.mode !== "Passthrough")
    return hasCertificate ? undefined : "tls.certificateRefs needs at least one certificate.";
  if (protocol !== "TLS") return `tls.mode Passthrough is not possible with protocol ${protocol}; use protocol TLS.`;
  return hasCertificate ? "tls.certificateRefs is not allowed with tls.mode Passthrough." : undefined;
}
