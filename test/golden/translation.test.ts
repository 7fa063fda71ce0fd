import { join } from "node:path";
import { goldenSuite } from "./suite.ts";
import { translationOutcome } from "./translation.ts";

goldenSuite(join(import.meta.dirname, "../../src/translate/testdata"), translationOutcome);
