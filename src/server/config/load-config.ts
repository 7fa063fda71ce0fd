import { readFile } from "node:fs/promises";
import { EnvoyGateway } from "../../api/v1alpha1/envoygateway.ts";
import { admitValue } from "../../schema/admit.ts";
import { formatPath } from "../../schema/issue.ts";
import { locator } from "../../schema/positions.ts";
import { parseDocument, splitDocuments } from "../../schema/yaml.ts";
import { describeError, errorCode } from "../../sources/file/reading.ts";
import { checkConfig } from "./check-config.ts";
import type { ConfigProblem } from "./problem.ts";

/** A configuration, or why there is none. */
export interface ConfigResult {
  /** With all defaults; absent if a problem is an error. */
  readonly config: EnvoyGateway | undefined;
  /** Errors and warnings, in the order of the file. */
  readonly problems: readonly ConfigProblem[];
}

/** What holds where no file is given. */
export function defaultConfig(): EnvoyGateway {
  const { object } = admitValue(EnvoyGateway, { apiVersion: "gateway.envoyproxy.io/v1alpha1", kind: "EnvoyGateway" });
  if (object === undefined) throw new Error("the defaults of EnvoyGateway break its own schema");
  return object;
}

/** Reads a configuration file; one that cannot be read is a problem like any other. */
export async function loadConfig(file: string): Promise<ConfigResult> {
  try {
    return parseConfig(await readFile(file, "utf8"), file);
  } catch (error) {
    const message = errorCode(error) === "ENOENT" ? "there is no such file" : `cannot be read: ${describeError(error)}`;
    return { config: undefined, problems: [{ severity: "error", file, message }] };
  }
}

/** Decodes a configuration, fills in defaults and checks it. `file` is for messages. */
export function parseConfig(text: string, file: string): ConfigResult {
  const [document, ...others] = splitDocuments(text);
  if (document === undefined || others.length > 0) {
    const message = document === undefined ? "is empty; it must hold an EnvoyGateway" : "must hold one document only";
    return { config: undefined, problems: [{ severity: "error", file, message, line: others[0]?.firstLine }] };
  }
  const toFileLine = (line: number): number => document.firstLine + line - 1;
  const parsed = parseDocument(document.text);
  if (!parsed.isOk) {
    const { message, line, column } = parsed;
    return { config: undefined, problems: [{ severity: "error", file, line: toFileLine(line), column, message }] };
  }
  const { object, issues } = admitValue(EnvoyGateway, parsed.value);
  const findings = [...issues, ...(object === undefined ? [] : checkConfig(object))];
  const locate = findings.length > 0 ? locator(document.text) : undefined;
  const problems = findings.map(({ severity, path, message }): ConfigProblem => {
    const { line = 1, column } = locate?.(path) ?? {};
    return { severity, file, line: toFileLine(line), column, field: formatPath(path), message };
  });
  const isUsable = object !== undefined && !problems.some(({ severity }) => severity === "error");
  return { config: isUsable ? object : undefined, problems };
}
