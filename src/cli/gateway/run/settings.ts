import { join, resolve } from "node:path";
import { EnvoyGateway } from "../../../api/v1alpha1/envoygateway.ts";
import { admitValue } from "../../../schema/admit.ts";

/** What `run` is told. */
export interface RunOptions {
  readonly file: readonly string[];
  readonly stateDir?: string;
  readonly logLevel: string;
  readonly envoy?: string;
  readonly xdsPort?: number;
  readonly adminPort?: number;
  readonly metricsPort?: number;
  readonly healthPort?: number;
}

/** The configuration that stands for the file which `run` does without. */
export function runConfig({ file, stateDir, logLevel }: RunOptions, cwd: string): EnvoyGateway {
  const home = stateDir === undefined ? undefined : resolve(cwd, stateDir);
  const host =
    home === undefined
      ? {}
      : {
          configHome: join(home, "config"),
          dataHome: join(home, "data"),
          stateHome: join(home, "state"),
          runtimeDir: join(home, "run"),
        };
  const { object, issues } = admitValue(EnvoyGateway, {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "EnvoyGateway",
    provider: {
      type: "Custom",
      custom: { resource: { type: "File", file: { paths: [...file] } }, infrastructure: { type: "Host", host } },
    },
    // Problems of manifests are told among the changes; they need not be said twice.
    logging: { level: { default: logLevel, ...(logLevel === "warn" && { provider: "off" }) } },
    extensionApis: { enableBackend: true, enableEnvoyPatchPolicy: true, enableLua: true },
  });
  if (object === undefined)
    throw new Error(`the configuration of run is not valid: ${issues.map(({ message }) => message).join("; ")}`);
  return object;
}
