/** Rules of unions: objects whose `type` says which other field they have. */
import { only, rule } from "../../../schema/rules.ts";
import type { Rule } from "../../../schema/structural.ts";

/** The field is there for this type and for no other. */
export function fieldOfType(type: string, field: string): Rule {
  return only(type, field, `${field} belongs to type ${type}: it must be there with it, and only then`);
}

/** The field may be there for this type only. */
export function fieldOnlyForType(type: string, field: string): Rule {
  return rule(`has(self.${field}) ? self.type == '${type}' : true`, `${field} is for type ${type} only`);
}
