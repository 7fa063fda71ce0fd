import { runEgctl } from "./egctl/program.ts";
import { processContext } from "./process-context.ts";
import { main } from "./program.ts";

main(runEgctl, processContext());
