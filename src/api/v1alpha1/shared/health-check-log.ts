/** Log of what health checks found. */
import { type Infer, listOf, named, object, oneOf, optional, required, string } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { fieldOfType } from "./union.ts";

/** Which results of health checks are logged, and where. */
export const ProxyHealthCheckLog = named(
  "ProxyHealthCheckLog",
  object({
    matches: optional(
      listOf(
        oneOf("Failure", "FailureSeriesStart", "Success", "HealthyTransition"),
        { listType: "set", maxItems: 4 },
        rule(
          "self.exists(e, e == 'Failure' || e == 'FailureSeriesStart') == self.exists(e, e == 'Success' || e == 'HealthyTransition')",
          "events for failure (Failure, FailureSeriesStart) and for success (Success, HealthyTransition) go together: name some of both or none",
        ),
      ),
      "Events that are logged. `FailureSeriesStart` and `HealthyTransition` are the changes only, which are the default.",
    ),
    sinks: optional(
      listOf(
        object(
          {
            type: required(oneOf("File"), "Kind of the sink."),
            file: optional(
              object({ path: required(string({ minLength: 1 }), "Path of the file, in the proxy's file system.") }),
              "The file.",
            ),
          },
          fieldOfType("File", "file"),
        ),
        { maxItems: 1 },
      ),
      "Where to. Default: the proxy's standard output.",
    ),
  }),
  "Which results of health checks are logged, and where.",
);
export type ProxyHealthCheckLog = Infer<typeof ProxyHealthCheckLog>;
