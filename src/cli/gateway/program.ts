import { addCompletion } from "../completion/completion.ts";
import type { CliContext } from "../context.ts";
import { createProgram, runProgram } from "../program.ts";
import { addCertgen } from "./certgen.ts";
import { addConfig } from "./config.ts";
import { addEnvoy } from "./envoy.ts";
import { addRun } from "./run/run.ts";
import { addServer } from "./server.ts";
import { addVersion } from "./version.ts";

const commands = [addRun, addServer, addCertgen, addConfig, addEnvoy, addVersion, addCompletion];

/** Runs `envoy-gateway` with arguments; returns the exit code. */
export function runGateway(args: readonly string[], context: CliContext): Promise<number> {
  const about = "Runs Envoy proxies as an application gateway: Gateway API in, configured Envoys out.";
  return runProgram(createProgram("envoy-gateway", about, context, commands), args, context);
}
