import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { addCollect } from "./collect.ts";
import { addDashboard } from "./dashboard.ts";
import { addInstall } from "./install.ts";
import { addStats } from "./stats.ts";
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
  addStats(group, context);
  addDashboard(group, context);
  addCollect(group, context);
  addInstall(group, context);
  addValidate(group, context);
}
