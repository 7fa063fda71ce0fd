import { registry } from "../../../features/kinds.ts";
import { suggest } from "../../../schema/suggest.ts";
import { kindNamed } from "../../../server/admin/kind-names.ts";

/** What a status command is about; a group's rows name their kind. */
export interface WantedKinds {
  readonly kinds: readonly string[];
  readonly isGroup: boolean;
}

/** Kinds that have statuses of their own. */
const withStatus: readonly string[] = registry.kinds
  .filter(
    ({ group, ignored }) =>
      ignored !== true && (group.startsWith("gateway.networking.") || group === "gateway.envoyproxy.io"),
  )
  .filter(({ kind }) => kind !== "ReferenceGrant" && kind !== "HTTPRouteFilter")
  .map(({ kind }) => kind);

/** The kinds that a name, a short name or a group stands for; for any other name, those there are. */
export function kindsFor(name: string): WantedKinds | { readonly supported: readonly string[] } {
  const lower = name.toLowerCase();
  if (lower === "all") return { kinds: withStatus, isGroup: true };
  if (lower === "xroute") return { kinds: withStatus.filter((kind) => kind.endsWith("Route")), isGroup: true };
  if (lower === "xpolicy") return { kinds: withStatus.filter((kind) => kind.endsWith("Policy")), isGroup: true };
  const kind = kindNamed(lower)?.kind;
  if (kind !== undefined && withStatus.includes(kind)) return { kinds: [kind], isGroup: false };
  const supported = ["all", "xroute", "xpolicy", ...withStatus.map((each) => each.toLowerCase())];
  const near = suggest(lower, supported);
  return {
    supported:
      near === undefined ? supported : [`${near} (did you mean this?)`, ...supported.filter((each) => each !== near)],
  };
}
