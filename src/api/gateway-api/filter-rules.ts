/** Rules over filters: each type has its own field, and most types may be used once only. */
import { rule, unionRules } from "../../schema/rules.ts";
import type { Rule } from "../../schema/structural.ts";

/** For each filter type the field with its options; the field is there exactly for that type. */
export function filterUnion(fields: { readonly [type: string]: string }): readonly Rule[] {
  return unionRules(fields, {
    mustBeAbsent: (field, type) => `filter.${field} must be nil if the filter.type is not ${type}`,
    mustBePresent: (field, type) => `filter.${field} must be specified for ${type} filter.type`,
  });
}

/** Filters of these types may occur once in a list. */
export function notRepeated(...types: readonly string[]): readonly Rule[] {
  return types.map((type) =>
    rule(`self.filter(f, f.type == '${type}').size() <= 1`, `${type} filter cannot be repeated`),
  );
}
