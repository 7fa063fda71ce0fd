import type { KubeError } from "../../kube/error.ts";
import type { InfraLogger } from "../fleet.ts";

/**
 * Says in the log why objects of a kind cannot be followed, once for each reason, and when that is over. That the API server cannot be reached
 * is not said here: it is the same for all kinds, and the source of the manifests tells it.
 */
export function logTrouble(kind: string, logger: InfraLogger): (error: KubeError | undefined) => void {
  let told: string | undefined;
  return (error) => {
    if (error?.status === 0 || error?.message === told) return;
    if (error) logger.warn({ kind }, `they cannot be followed: ${error.message}`);
    else logger.info({ kind }, "they are followed again");
    told = error?.message;
  };
}
