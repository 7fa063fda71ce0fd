import { dumpTypes } from "../../server/admin/config-dumps.ts";
import { redactEnvoyConfig } from "../../server/admin/redact.ts";
import { type CliContext, CommandError } from "../context.ts";
import { type AdminOptions, askJson, findAdmin } from "./admin-client.ts";
import type { ConfigPart } from "./config-parts.ts";

interface ProxyOptions extends AdminOptions {
  readonly adminAddress?: string;
  /** `label=value` of the labels below. */
  readonly labels: readonly string[];
}

const owningNamespace = "gateway.envoyproxy.io/owning-gateway-namespace";
const owningName = "gateway.envoyproxy.io/owning-gateway-name";

/** An Envoy that can be asked. */
interface Envoy {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
}

/** The configuration of Envoys, in the shape namespace → Envoy → dump; secrets are masked. */
export async function proxyConfig(
  part: ConfigPart,
  wanted: string | undefined,
  options: ProxyOptions,
  context: CliContext,
): Promise<Record<string, Record<string, unknown>>> {
  const result: Record<string, Record<string, unknown>> = {};
  for (const { namespace, name, address } of await findEnvoys(wanted, options, context)) {
    const dump = (await askJson(address, "/config_dump?include_eds")) as {
      readonly configs?: readonly Record<string, unknown>[];
    };
    result[namespace] = { ...result[namespace], [name]: redactEnvoyConfig(partOf(dump, part)) };
  }
  return result;
}

function partOf(dump: { readonly configs?: readonly Record<string, unknown>[] }, part: ConfigPart): unknown {
  if (part === "all") return dump;
  return dump.configs?.find((config) => config["@type"] === dumpTypes[part]) ?? { "@type": dumpTypes[part] };
}

async function findEnvoys(
  wanted: string | undefined,
  options: ProxyOptions,
  context: CliContext,
): Promise<readonly Envoy[]> {
  if (options.adminAddress !== undefined)
    return [{ namespace: "local", name: wanted ?? options.adminAddress, address: options.adminAddress }];
  const admin = await findAdmin(options, context);
  const { fleets } = (await askJson(admin, "/api/envoys")) as {
    readonly fleets: readonly ListedFleet[];
  };
  const running = fleets
    .filter((fleet) => options.labels.every((label) => hasLabel(fleet, label)))
    .flatMap(({ fleet, name, adminAddress }) =>
      name !== undefined && adminAddress !== undefined
        ? [{ namespace: fleet.includes("/") ? (fleet.split("/")[0] ?? "") : "", name, address: adminAddress, fleet }]
        : [],
    );
  const chosen =
    wanted === undefined ? running : running.filter(({ name, fleet }) => name === wanted || fleet === wanted);
  if (chosen.length > 0) return chosen;
  const names = running.map(({ name }) => name).join(", ");
  throw new CommandError(
    wanted === undefined || running.length === 0
      ? `No Envoy${options.labels.length > 0 ? " with these labels" : ""} runs.`
      : `There is no Envoy ${wanted}; there are ${names}.`,
  );
}

interface ListedFleet {
  readonly fleet: string;
  readonly name?: string;
  readonly adminAddress?: string;
  /** Keys of the Gateways it serves. */
  readonly gateways?: readonly string[];
}

/** Labels that an Envoy in a cluster bears for its Gateway. Throws a {@link CommandError} for any other. */
function hasLabel({ gateways = [] }: ListedFleet, label: string): boolean {
  const [name = "", value = ""] = label.split("=");
  const wanted = value.trim();
  if (name === owningNamespace) return gateways.some((key) => key.startsWith(`${wanted}/`));
  if (name === owningName) return gateways.some((key) => key.endsWith(`/${wanted}`));
  throw new CommandError(`Envoys have no label ${name}; they have ${owningNamespace} and ${owningName}.`);
}
