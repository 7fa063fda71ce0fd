/** What the quickstart runs: the example as it is, or a copy of it with other ports. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
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

const example = { config: "examples/standalone/config/envoy-gateway.yaml", objects: "examples/standalone" };
/** Where the example's configuration keeps what is written while it runs. */
export const exampleState = ".run";

/**
 * The example's own files, to be edited in place; with other ports, or another folder for what is written, a copy of them in that
 * folder, made anew each time.
 *
 * @param root the project's folder
 * @param state folder of what is written, absolute or relative to the project's
 */
export function prepareWorkspace(root: string, ports: QuickstartPorts, state: string = exampleState): Workspace {
  const isAsWritten = ports.requests === examplePorts.requests && ports.backend === examplePorts.backend;
  if (isAsWritten && state === exampleState) return { ...example, state };
  const copy: Workspace = { config: join(state, "envoy-gateway.yaml"), objects: join(state, "standalone"), state };
  const objects = resolve(root, copy.objects);
  rmSync(objects, { recursive: true, force: true });
  mkdirSync(objects, { recursive: true });
  for (const name of readdirSync(join(root, example.objects)).filter((file) => file.endsWith(".yaml"))) {
    writeFileSync(join(objects, name), withPorts(readFileSync(join(root, example.objects, name), "utf8"), ports));
  }
  const config = parseDocument(readFileSync(join(root, example.config), "utf8"));
  config.setIn(["provider", "custom", "resource", "file", "paths"], [copy.objects]);
  config.setIn(["provider", "custom", "infrastructure", "host"], {
    configHome: join(state, "config"),
    dataHome: join(state, "data"),
    stateHome: join(state, "state"),
    runtimeDir: join(state, "runtime"),
  });
  writeFileSync(resolve(root, copy.config), config.toString());
  return copy;
}

/** The text of an example with the ports replaced. Exported for tests. */
export function withPorts(text: string, ports: QuickstartPorts): string {
  return text.replace(/\bport: (\d+)\b/g, (field, port) => {
    if (Number(port) === examplePorts.requests) return `port: ${ports.requests}`;
    return Number(port) === examplePorts.backend ? `port: ${ports.backend}` : field;
  });
}
