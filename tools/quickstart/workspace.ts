/** The folder `.quickstart`, in which the quickstart keeps what it makes. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseDocument } from "yaml";
import { root } from "../lint/check.ts";

export interface QuickstartPorts {
  /** On which Envoy takes requests. */
  readonly requests: number;
  /** On which the echo backend listens. */
  readonly backend: number;
}

/** What the files in `examples/standalone` say. */
export const examplePorts: QuickstartPorts = { requests: 8888, backend: 3000 };

export interface Workspace {
  /** Configuration file of the gateway. */
  readonly config: string;
  /** Folder of the objects it serves, relative to the project's: the one to edit. */
  readonly resources: string;
}

const example = join(root, "examples/standalone");
const folder = join(root, ".quickstart");

/**
 * Writes the gateway's configuration: the example's, with all its folders below `.quickstart`. The objects are the example's own,
 * to be edited in place; with other ports they are copied first and the ports in the copy replaced.
 */
export function prepareWorkspace(ports: QuickstartPorts): Workspace {
  mkdirSync(folder, { recursive: true });
  const isAsWritten = ports.requests === examplePorts.requests && ports.backend === examplePorts.backend;
  const resources = isAsWritten ? join(example, "resources") : copyResources(ports);
  const config = join(folder, "envoy-gateway.yaml");
  const document = parseDocument(readFileSync(join(example, "envoy-gateway.yaml"), "utf8"));
  document.setIn(["provider", "custom", "resource", "file", "paths"], [resources]);
  document.setIn(["provider", "custom", "infrastructure", "host"], {
    configHome: join(folder, "config"),
    dataHome: join(folder, "data"),
    stateHome: join(folder, "state"),
    runtimeDir: join(folder, "run"),
  });
  writeFileSync(config, document.toString());
  return { config, resources: relative(root, resources) };
}

function copyResources(ports: QuickstartPorts): string {
  const copy = join(folder, "resources");
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(example, "resources"), copy, { recursive: true });
  for (const name of readdirSync(copy)) {
    const text = readFileSync(join(copy, name), "utf8");
    const replaced = text
      .replaceAll(`port: ${examplePorts.requests}`, `port: ${ports.requests}`)
      .replaceAll(`port: ${examplePorts.backend}`, `port: ${ports.backend}`);
    writeFileSync(join(copy, name), replaced);
  }
  return copy;
}
