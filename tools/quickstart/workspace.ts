/** What the quickstart runs: the example as it is, or a copy of it with other ports. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";

export interface QuickstartPorts {
  /** On which Envoy takes requests. */
  readonly requests: number;
  /** On which the echo backend listens. */
  readonly backend: number;
}

/** What the files in `examples/standalone` say. */
export const examplePorts: QuickstartPorts = { requests: 8888, backend: 3000 };

/** Paths are relative to the project's folder, which is where the gateway is started. */
export interface Workspace {
  /** Configuration file of the gateway. */
  readonly config: string;
  /** Folder of the objects it serves: the one to edit. */
  readonly objects: string;
  /** Folder of everything that is written while it runs. */
  readonly state: string;
}

const state = ".run";
const example: Workspace = {
  config: "examples/standalone/config/envoy-gateway.yaml",
  objects: "examples/standalone",
  state,
};
const copy: Workspace = { config: `${state}/envoy-gateway.yaml`, objects: `${state}/standalone`, state };

/**
 * The example's own files, to be edited in place; with other ports a copy of them below `.run`, written anew each time.
 *
 * @param root the project's folder
 */
export function prepareWorkspace(root: string, ports: QuickstartPorts): Workspace {
  if (ports.requests === examplePorts.requests && ports.backend === examplePorts.backend) return example;
  rmSync(join(root, copy.objects), { recursive: true, force: true });
  mkdirSync(join(root, copy.objects), { recursive: true });
  for (const name of readdirSync(join(root, example.objects)).filter((file) => file.endsWith(".yaml"))) {
    const text = readFileSync(join(root, example.objects, name), "utf8");
    writeFileSync(join(root, copy.objects, name), withPorts(text, ports));
  }
  const config = parseDocument(readFileSync(join(root, example.config), "utf8"));
  config.setIn(["provider", "custom", "resource", "file", "paths"], [copy.objects]);
  writeFileSync(join(root, copy.config), config.toString());
  return copy;
}

/** The text of an example with the ports replaced. Exported for tests. */
export function withPorts(text: string, ports: QuickstartPorts): string {
  return text.replace(/\bport: (\d+)\b/g, (field, port) => {
    if (Number(port) === examplePorts.requests) return `port: ${ports.requests}`;
    return Number(port) === examplePorts.backend ? `port: ${ports.backend}` : field;
  });
}
