import { setFlagsFromString } from "node:v8";
import { runGateway } from "./gateway/program.ts";
import { processContext } from "./process-context.ts";
import { main } from "./program.ts";

// A control plane keeps most of what it allocates, so a large nursery only costs memory, and collecting again while little
// happens only costs time. Executables have this built in.
setFlagsFromString("--max-semi-space-size=4");
setFlagsFromString("--no-memory-reducer");

main(runGateway, processContext());
