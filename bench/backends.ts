/** Four backends, `b0` to `b3`: one Envoy that answers by itself and names the backend in `x-backend`. */
import type { ChildProcess } from "node:child_process";
import { listener, startEnvoy } from "./envoy.ts";
import { freePorts } from "./ports.ts";
import { isOk, watch } from "./watch.ts";

export interface Backends {
  readonly ports: readonly number[];
  readonly process: ChildProcess;
}

/** Starts them and waits until they answer. */
export async function startBackends(root: string): Promise<Backends> {
  const ports = await freePorts(4);
  const listeners = ports.map((port, index) =>
    listener(port, {
      route_config: {
        virtual_hosts: [
          {
            name: "all",
            domains: ["*"],
            routes: [{ match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: "ok" } } }],
            response_headers_to_add: [{ header: { key: "x-backend", value: `b${index}` } }],
          },
        ],
      },
    }),
  );
  const child = startEnvoy(root, "backends", { static_resources: { listeners } });
  for (const port of ports) await watch(port, "backend", isOk);
  return { ports, process: child };
}
