import { dumpTypes } from "../../server/admin/dump-types.ts";
import { redactEnvoyConfig } from "../../server/admin/redact.ts";
import type { CliContext } from "../context.ts";
import { adminAt, askJson } from "./admin-client.ts";
import type { ConfigPart } from "./config-parts.ts";
import { askEach } from "./target/ask-each.ts";
import { findEnvoys, type Instance } from "./target/envoys.ts";
import type { PodSelection, TargetOptions } from "./target/options.ts";
import { onTarget } from "./target/target.ts";

interface ProxyOptions extends TargetOptions, PodSelection {
  readonly adminAddress?: string;
}

/** The configuration of Envoys, in the shape namespace → Envoy → dump; secrets are masked. */
export async function proxyConfig(
  part: ConfigPart,
  wanted: string | undefined,
  options: ProxyOptions,
  context: CliContext,
): Promise<Record<string, Record<string, unknown>>> {
  const ask = ({ admin }: Instance): Promise<unknown> => envoyConfig(part, admin);
  const { adminAddress } = options;
  if (adminAddress !== undefined)
    return { local: { [wanted ?? adminAddress]: await envoyConfig(part, adminAt(adminAddress)) } };
  return onTarget(options, context, async (target) =>
    askEach(await findEnvoys(target, wanted, options, context), ask, context),
  );
}

/** A part of one Envoy's configuration, with secrets masked. */
export async function envoyConfig(part: ConfigPart, admin: Instance["admin"]): Promise<unknown> {
  const dump = (await askJson(admin, "/config_dump?include_eds")) as Dump;
  return redactEnvoyConfig(partOf(dump, part));
}

interface Dump {
  readonly configs?: readonly Record<string, unknown>[];
}

function partOf(dump: Dump, part: ConfigPart): unknown {
  if (part === "all") return dump;
  return dump.configs?.find((config) => config["@type"] === dumpTypes[part]) ?? { "@type": dumpTypes[part] };
}
