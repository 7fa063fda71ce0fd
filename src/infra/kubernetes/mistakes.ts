import type { OnMistake } from "../../kube/guarded-sink.ts";
import type { InfraLogger } from "../fleet.ts";

/** Says in the log that we failed on what the API server tells of a kind, and when that is over. */
export function logMistake(kind: string, logger: InfraLogger): OnMistake {
  return (mistake, key) => {
    const fields = { kind, ...(key !== undefined && { object: key }) };
    if (mistake === undefined) return logger.info(fields, "news of it is taken in again");
    const message = `it could not be taken in and stays as it was known before, which is a mistake in Envoy Gateway: ${mistake}`;
    logger.error({ ...fields, stack: mistake.stack }, message);
  };
}
