import { setFlagsFromString } from "node:v8";
import { runGateway } from "./gateway/program.ts";
import { processContext } from "./process-context.ts";
import { main } from "./program.ts";

// Collecting again and again while little happens only costs time. Executables have this built in.
setFlagsFromString("--no-memory-reducer");

main(runGateway, processContext());
