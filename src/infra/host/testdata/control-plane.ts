/** A control plane that starts one Envoy, prints its process number, and waits to be killed. */
import type { FleetSpec } from "../../fleet.ts";
import type { HostDirectories } from "../directories.ts";
import { createHostInfra } from "../host-infra.ts";

interface Task {
  readonly directories: HostDirectories;
  readonly spec: FleetSpec;
  readonly testEnvoy: string;
}

const { directories, spec, testEnvoy } = JSON.parse(process.argv[2] ?? "") as Task;
const silent = (): void => undefined;
const infra = createHostInfra({
  directories,
  xdsAddress: { host: "127.0.0.1", port: 1 },
  logger: { debug: silent, info: silent, warn: silent, error: silent },
  explicitEnvoy: testEnvoy,
  isPlaintext: true,
});
infra.watch((status) => {
  if (status.state === "serving") process.stdout.write(`${status.pid}\n`);
});
infra.upsert(spec);
setInterval(silent, 60_000);
