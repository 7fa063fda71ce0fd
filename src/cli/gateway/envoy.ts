import { type Command, InvalidArgumentError } from "commander";
import { durationMs } from "../../api/duration.ts";
import { podPorts } from "../../infra/kubernetes/settings.ts";
import type { CliContext } from "../context.ts";

/** Where Envoy's admin interface is inside a pod. */
const adminAddress = `localhost:${podPorts.admin}`;

interface ShutdownOptions {
  readonly drainTimeout: number;
  readonly minDrainDuration: number;
  readonly exitAtConnections: number;
  readonly healthCheckFailureDelay: number;
}

/** `envoy-gateway envoy …`: what runs beside an Envoy in its pod. */
export function addEnvoy(program: Command, context: CliContext): void {
  const group = program.command("envoy").description("commands that run beside an Envoy in its pod");
  group
    .command("shutdown-manager")
    .description("keep Kubernetes from ending Envoy before it is drained")
    .option("--ready-timeout <duration>", "longest wait for the drain", parseDuration, 610_000)
    .action(({ readyTimeout }: { readonly readyTimeout: number }) => manageShutdown(readyTimeout, context));
  group
    .command("shutdown")
    .description("drain the Envoy of this pod; a hook that Kubernetes calls before a container ends")
    .option("--drain-timeout <duration>", "longest wait for connections to close", parseDuration, 60_000)
    .option("--min-drain-duration <duration>", "shortest wait", parseDuration, 10_000)
    .option("--exit-at-connections <number>", "connections that are not waited for", parseCount, 0)
    .option("--health-check-failure-delay <duration>", "wait before health checks fail", parseDuration, 0)
    .action((options: ShutdownOptions) => drain(options));
}

async function manageShutdown(readyTimeoutMs: number, context: CliContext): Promise<void> {
  const { createShutdownServer } = await import("../../infra/shutdown/shutdown-server.ts");
  const { readyFile } = await import("../../infra/shutdown/drain-pod.ts");
  const server = createShutdownServer({ readyTimeoutMs, readyFile });
  await new Promise<void>((resolve, reject) => {
    server.on("error", reject);
    server.on("close", resolve);
    server.listen(podPorts.shutdown, () =>
      context.stdout.write(`shutdown manager listens on port ${podPorts.shutdown}\n`),
    );
    // What waits for the drain gets its answer first.
    context.onStopSignal(() => void server.close());
  });
}

async function drain(options: ShutdownOptions): Promise<void> {
  const { appendFileSync } = await import("node:fs");
  const { drainPod, readyFile } = await import("../../infra/shutdown/drain-pod.ts");
  await drainPod({
    adminAddress,
    drainTimeoutMs: options.drainTimeout,
    minDrainMs: options.minDrainDuration,
    exitAtConnections: options.exitAtConnections,
    healthCheckFailureDelayMs: options.healthCheckFailureDelay,
    readyFile,
    log: (line) => {
      try {
        // Nobody reads what a hook writes; the container's log is what its first process writes.
        appendFileSync("/proc/1/fd/1", `${line}\n`);
      } catch {
        // Without a log the drain goes on.
      }
    },
  });
}

/** Kubernetes and Go write `1m0s`; a zero may stand without unit. */
function parseDuration(text: string): number {
  const ms = text === "0" ? 0 : durationMs(text);
  if (ms === undefined) throw new InvalidArgumentError("A duration such as 90s or 1m30s is needed.");
  return ms;
}

function parseCount(text: string): number {
  if (!/^[0-9]+$/.test(text)) throw new InvalidArgumentError("A whole number is needed.");
  return Number(text);
}
