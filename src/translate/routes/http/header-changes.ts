/** RequestHeaderModifier and ResponseHeaderModifier. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { HTTPHeaderFilter } from "../../../api/gateway-api/http-filters.ts";
import {
  HeaderValueOption_HeaderAppendAction as AppendAction,
  type HeaderValueOptionSchema,
} from "../../../gen/envoy/config/core/v3/base_pb.js";
import { formatString } from "./header-value.ts";
import { unsupported } from "./match.ts";
import type { RuleProblem } from "./rule-input.ts";

/** Changes to the headers of a request or response. Envoy removes first and adds then. */
export interface HeaderChanges {
  readonly add: readonly HeaderChange[];
  /** Lower-case names. */
  readonly remove: readonly string[];
}

interface HeaderChange {
  readonly name: string;
  readonly value: string;
  readonly appends: boolean;
}

export const noHeaderChanges: HeaderChanges = { add: [], remove: [] };

/**
 * The changes `before`, followed by those of a filter. A later filter wins over an earlier one; within a filter the
 * first mention of a name counts (set, add, remove). `Host` cannot be changed here: {@link hostOf} has it.
 */
export function withHeaderFilter(
  before: HeaderChanges,
  filter: HTTPHeaderFilter,
  field: string,
  problems: RuleProblem[],
): HeaderChanges {
  let add = [...before.add];
  const remove = new Set(before.remove);
  const seen = new Set<string>();
  const isFirst = (name: string, at: string): boolean => {
    const lower = name.toLowerCase();
    if (seen.has(lower)) return false;
    seen.add(lower);
    return isChangeable(lower, at, problems);
  };
  for (const [index, { name, value }] of (filter.set ?? []).entries()) {
    if (name.toLowerCase() === "host" || !isFirst(name, `${field}.set[${index}].name`)) continue;
    add = add.filter((change) => change.name.toLowerCase() !== name.toLowerCase());
    add.push({ name, value, appends: false });
  }
  for (const [index, { name, value }] of (filter.add ?? []).entries()) {
    if (isFirst(name, `${field}.add[${index}].name`)) add.push({ name, value, appends: true });
  }
  for (const [index, name] of (filter.remove ?? []).entries()) {
    if (!isFirst(name, `${field}.remove[${index}]`)) continue;
    add = add.filter((change) => change.name.toLowerCase() !== name.toLowerCase());
    remove.add(name.toLowerCase());
  }
  return { add, remove: [...remove] };
}

/**
 * Value that a filter sets `Host` to: Envoy keeps the host apart from the other headers, so this becomes a host
 * rewrite.
 */
export function hostOf(filter: HTTPHeaderFilter): string | undefined {
  return filter.set?.find((header) => header.name.toLowerCase() === "host")?.value;
}

/** The additions as Envoy's message. */
export function headersToAdd(changes: HeaderChanges): MessageInitShape<typeof HeaderValueOptionSchema>[] {
  return changes.add.map(({ name, value, appends }) => ({
    header: { key: name, value: formatString(value) },
    appendAction: appends ? AppendAction.APPEND_IF_EXISTS_OR_ADD : AppendAction.OVERWRITE_IF_EXISTS_OR_ADD,
  }));
}

function isChangeable(name: string, field: string, problems: RuleProblem[]): boolean {
  if (name === "host") {
    problems.push(
      unsupported(field, "must not be Host, which can only be set; use `set` or a URLRewrite filter's `hostname`"),
    );
    return false;
  }
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) {
    problems.push(
      unsupported(field, "must be the name of a header: letters, digits and the characters !#$%&'*+-.^_`|~"),
    );
    return false;
  }
  return true;
}
