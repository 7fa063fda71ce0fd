/**
 * Writes `src/gen/kinds.ts`: a TypeScript interface for each kind and each named type, with texts and defaults, for editors and
 * for users of the package. Run after the protobuf code was generated (`src/gen/` is not committed). The sources themselves take
 * their types from the schemas (`InferKind`), so they can be checked with or without this file.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registry } from "../src/features/kinds.ts";
import { toInterfaces } from "../src/schema/interfaces.ts";

const folder = join(import.meta.dirname, "../src/gen");
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "kinds.ts"), toInterfaces(registry.kinds));
