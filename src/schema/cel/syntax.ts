import { RuleCompileError } from "./ast.ts";
import { parse } from "./parser.ts";

/** Why a text is no CEL expression, with the place of the first fault; `undefined` if it is one. What its names mean is not looked at. */
export function celError(text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    if (error instanceof RuleCompileError) return error.message;
    throw error;
  }
}
