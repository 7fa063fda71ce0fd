import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { AccessLogFilterSchema } from "../../gen/envoy/config/accesslog/v3/accesslog_pb.js";
import { ExpressionFilterSchema } from "../../gen/envoy/extensions/access_loggers/filters/cel/v3/cel_pb.js";
import { celError } from "../../schema/cel/syntax.ts";
import { anyOf } from "../encode.ts";

export type LogFilter = MessageInitShape<typeof AccessLogFilterSchema> & { readonly $typeName?: never };

/**
 * What is logged: all that meets one of the CEL expressions and has one of Envoy's response flags; empty lists ask for nothing. What is
 * no CEL is left out, and nothing is logged where all of it is.
 */
export function logFilter(expressions: readonly string[], flags: readonly string[]): LogFilter | undefined {
  const valid = expressions.filter((expression) => celError(expression) === undefined);
  const kept = expressions.length > 0 && valid.length === 0 ? ["false"] : valid;
  return both([
    ...either(kept.map(celFilter)),
    ...(flags.length > 0
      ? [{ filterSpecifier: { case: "responseFlagFilter" as const, value: { flags: [...flags] } } }]
      : []),
  ]);
}

function celFilter(expression: string): LogFilter {
  return {
    filterSpecifier: {
      case: "extensionFilter",
      value: {
        name: "envoy.access_loggers.extension_filters.cel",
        configType: {
          case: "typedConfig",
          value: anyOf(ExpressionFilterSchema, create(ExpressionFilterSchema, { expression })),
        },
      },
    },
  };
}

/** Envoy's combinations need two members at least. */
function either(filters: readonly LogFilter[]): readonly LogFilter[] {
  return filters.length < 2 ? filters : [{ filterSpecifier: { case: "orFilter", value: { filters: [...filters] } } }];
}

function both(filters: readonly LogFilter[]): LogFilter | undefined {
  return filters.length < 2 ? filters[0] : { filterSpecifier: { case: "andFilter", value: { filters: [...filters] } } };
}
