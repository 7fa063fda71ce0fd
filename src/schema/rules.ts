/** Rules in the Common Expression Language, and the families of them that unions need. */
import type { Rule } from "./structural.ts";

/** A rule: `expression` must be true of `self`, or the user is told `message`. */
export function rule(expression: string, message?: string, options: Omit<Rule, "rule" | "message"> = {}): Rule {
  return { rule: expression, ...(message !== undefined && { message }), ...options };
}

/** The `field` is there exactly when `type` has this value: `self.type == 'HTTP' ? has(self.http) : !has(self.http)`. */
export function only(type: string, field: string, message?: string): Rule {
  return rule(`self.type == '${type}' ? has(self.${field}) : !has(self.${field})`, message);
}

/**
 * For each member of a union two rules: its field must be absent for other types, and present for its own type.
 * `members` maps the value of `type` to the field's name; `messages` makes the texts.
 */
export function unionRules(
  members: { readonly [type: string]: string },
  messages: {
    readonly mustBeAbsent: (field: string, type: string) => string;
    readonly mustBePresent: (field: string, type: string) => string;
  },
): readonly Rule[] {
  return Object.entries(members).flatMap(([type, field]) => [
    rule(`!(has(self.${field}) && self.type != '${type}')`, messages.mustBeAbsent(field, type)),
    rule(`!(!has(self.${field}) && self.type == '${type}')`, messages.mustBePresent(field, type)),
  ]);
}
