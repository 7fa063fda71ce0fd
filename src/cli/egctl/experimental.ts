import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addStatus } from "./status.ts";
import { addTranslate } from "./translate.ts";
import { addValidate } from "./validate.ts";

/** `egctl experimental`: commands whose options may still change. */
export function addExperimental(program: Command, context: CliContext): void {
  const group = program
    .command("experimental")
    .alias("x")
    .description("commands whose options and output may still change");
  addTranslate(group, context);
  addStatus(group, context);
  addValidate(group, context);
}
