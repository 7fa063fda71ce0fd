import { setTimeout as sleep } from "node:timers/promises";
import { isServing, readAdminAddress } from "./admin-client.ts";
import type { LogFollower } from "./envoy-log.ts";
import type { EnvoyProcess } from "./envoy-process.ts";

/** An Envoy under supervision: its process, and what was learnt about it since. */
export interface RunningEnvoy {
  readonly process: EnvoyProcess;
  readonly launchHash: string;
  /** `performance.now()` at which it was started or adopted. */
  readonly since: number;
  adminAddress: string | undefined;
  isServing: boolean;
  isGone: boolean;
  follower: LogFollower | undefined;
  /** Its last messages at level error, the newest last. */
  readonly lastErrors: string[];
}

const firstPollMs = 20;
const maxPollMs = 500;

/**
 * Waits until an Envoy serves, telling `onChange` when its admin address becomes known and when it serves.
 * Ends without either when the process is gone or `isWanted` says no.
 */
export async function awaitServing(
  envoy: RunningEnvoy,
  adminPath: string,
  isWanted: () => boolean,
  onChange: () => void,
): Promise<void> {
  for (let delay = firstPollMs; !envoy.isGone && isWanted(); delay = Math.min(delay * 1.5, maxPollMs)) {
    if (envoy.adminAddress === undefined) {
      envoy.adminAddress = await readAdminAddress(adminPath);
      if (envoy.adminAddress !== undefined) onChange();
    }
    if (envoy.adminAddress !== undefined && (await isServing(envoy.adminAddress))) {
      if (envoy.isGone || !isWanted()) return;
      envoy.isServing = true;
      onChange();
      return;
    }
    await sleep(delay, undefined, { ref: false });
  }
}
