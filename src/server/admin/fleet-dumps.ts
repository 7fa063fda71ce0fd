import type { ControlPlane } from "../control-plane.ts";
import { type Answer, jsonAnswer } from "../http/answer.ts";
import { configDumps } from "./config-dumps.ts";
import { redactEnvoyConfig } from "./redact.ts";

/** The resources of all fleets, or of one, in the form of Envoy's own config dump; private keys are masked. */
export async function fleetDumps(plane: ControlPlane, wanted: string | undefined): Promise<Answer> {
  const known = [...plane.controller.translation.fleets.entries()].map(([key]) => key);
  if (wanted !== undefined && !known.includes(wanted))
    return jsonAnswer({ error: `There is no fleet ${wanted}.`, fleets: known }, 400);
  const dumps: Record<string, unknown> = {};
  for (const key of wanted === undefined ? known : [wanted]) {
    dumps[key] = { configs: redactEnvoyConfig(await configDumps(plane.xds.resources(key) ?? {}, undefined)) };
  }
  return jsonAnswer(dumps);
}
