/** How requests are shared out among a backend's endpoints. */
import {
  anything,
  boolean,
  defaulted,
  type Infer,
  integer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import type { Json } from "../../../schema/structural.ts";
import { Duration } from "../../gateway-api/names.ts";
import { ConsistentHash } from "./consistent-hash.ts";
import { DynamicModuleName } from "./dynamic-module-name.ts";
import { fieldOfType } from "./union.ts";
import { ZoneAware } from "./zone-aware.ts";

/** Balances by load reports of the endpoints (ORCA), Envoy's client-side weighted round robin. */
export const BackendUtilization = named(
  "BackendUtilization",
  object({
    blackoutPeriod: optional(
      Duration,
      "Time after an endpoint's first report in which its weight is not used yet. Default: 10s.",
    ),
    weightExpirationPeriod: optional(
      Duration,
      "Time after which a weight without a new report is dropped. Default: 3m.",
    ),
    weightUpdatePeriod: optional(Duration, "Time between two calculations of the weights. Default: 1s."),
    errorUtilizationPenaltyPercent: optional(
      integer({ format: "int32", minimum: 0 }),
      "Weight of errors in the calculation, in percent: 100 takes the error rate once. Default: 0.",
    ),
    metricNamesForComputingUtilization: optional(
      listOf(string()),
      "Metrics of the report that stand for utilization where it names none itself, such as `named_metrics.foo`.",
    ),
    keepResponseHeaders: defaulted(boolean(), false, "Whether clients get to see the report's headers and trailers."),
    outOfBand: optional(
      object({
        reportingPeriod: optional(
          string(
            { pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$" },
            rule("duration(self) > duration('0s')", "reportingPeriod must be longer than 0s"),
          ),
          "Time between two reports. Default: 10s.",
        ),
        port: optional(
          integer({ format: "int32", minimum: 1, maximum: 65535 }),
          "Port of the reports. Default: the endpoint's.",
        ),
        authority: optional(
          string({ minLength: 1, maxLength: 259, pattern: "^[^\\x00\\n\\r]*$" }),
          "Authority header of the calls that fetch reports.",
        ),
      }),
      "Fetches reports by calls of their own, apart from the answers.",
    ),
  }),
  "Balances by load reports of the endpoints (ORCA), Envoy's client-side weighted round robin.",
);
export type BackendUtilization = Infer<typeof BackendUtilization>;

/** How requests are shared out among a backend's endpoints. */
export const LoadBalancer = named(
  "LoadBalancer",
  object(
    {
      type: required(
        oneOf("ConsistentHash", "LeastRequest", "Random", "RoundRobin", "BackendUtilization", "DynamicModule"),
        "How the next endpoint is chosen.",
      ),
      consistentHash: optional(ConsistentHash, "What is hashed, for type `ConsistentHash`."),
      backendUtilization: optional(BackendUtilization, "How reports are used, for type `BackendUtilization`."),
      dynamicModule: optional(
        object({
          name: required(DynamicModuleName, "Name of the module, as the EnvoyProxy lists it."),
          lbPolicyName: required(string({ minLength: 1, maxLength: 253 }), "Name of the policy within the module."),
          config: optional(anything<Json>(), "Configuration for the policy; its content is the module's own business."),
        }),
        "The module, for type `DynamicModule`.",
      ),
      endpointOverride: optional(
        object({
          extractFrom: required(
            listOf(object({ header: optional(string(), "Header with the address and port.") }), {
              minItems: 1,
              maxItems: 10,
            }),
            "Where the request tells its endpoint; the first that is there counts.",
          ),
        }),
        "Lets requests choose their endpoint themselves; others are balanced as usual.",
      ),
      slowStart: optional(
        object({ window: required(Duration, "Time in which a new endpoint's share grows to its full size.") }),
        "Gives new endpoints fewer requests at first.",
      ),
      zoneAware: optional(ZoneAware, "Whether and how zones count."),
    },
    fieldOfType("ConsistentHash", "consistentHash"),
    fieldOfType("BackendUtilization", "backendUtilization"),
    fieldOfType("DynamicModule", "dynamicModule"),
    rule(
      "self.type in ['Random', 'ConsistentHash', 'DynamicModule'] ? !has(self.slowStart) : true",
      "slowStart is for types RoundRobin, LeastRequest and BackendUtilization",
    ),
    ...["ConsistentHash", "BackendUtilization"].map((type) =>
      rule(
        `self.type == '${type}' && has(self.zoneAware) ? !has(self.zoneAware.preferLocal) : true`,
        `zoneAware.preferLocal is not possible with type ${type}; zoneAware.weightedZones is`,
      ),
    ),
    rule(
      "self.type == 'DynamicModule' ? !has(self.zoneAware) : true",
      "zoneAware is not possible with type DynamicModule",
    ),
    rule(
      "has(self.zoneAware) ? !(has(self.zoneAware.preferLocal) && has(self.zoneAware.weightedZones)) : true",
      "zoneAware has either preferLocal or weightedZones, not both",
    ),
    rule(
      "self.type == 'DynamicModule' ? !has(self.endpointOverride) : true",
      "endpointOverride is not possible with type DynamicModule",
    ),
  ),
  "How requests are shared out among a backend's endpoints.",
);
export type LoadBalancer = Infer<typeof LoadBalancer>;
