/** Every file below examples/ is what it should be: valid, without a warning, and everything in it takes effect. */
import { createPublicKey, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../src/server/config/load-config.ts";
import { runEgctl } from "../src/cli/egctl/program.ts";
import { readManifests } from "../src/sources/file/read-manifests.ts";
import { registry } from "../src/features/kinds.ts";
import { admit } from "../src/schema/admit.ts";
import { defaultTranslationOptions } from "../src/translate/options.ts";
import { Translation } from "../src/translate/translation.ts";
import { tlsSecret } from "./e2e/harness/index.ts";

