import type { FleetStatus } from "../../../infra/fleet.ts";
import type { ControlPlane } from "../../../server/control-plane.ts";
import type { Commit } from "../../../server/controller.ts";
import type { GatewayServer } from "../../../server/gateway-server.ts";
import { ChangeLines } from "./change-lines.ts";

/** Says what each change of the manifests did, and when an Envoy comes, goes or has a problem. Silent until it is started. */
export class ChangeTeller {
  readonly #say: (line: string) => void;
  #lines: ChangeLines | undefined;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** For the server's `onCommit`. */
  readonly onCommit = (commit: Commit): void => {
    for (const line of this.#lines?.of(commit) ?? []) this.#say(line);
  };

  /** From now on changes are told. What is wrong already is not told as news. */
  start(server: GatewayServer, plane: ControlPlane): void {
    // A changed configuration may have put another control plane in the place of this one.
    const current = (): ControlPlane => server.plane ?? plane;
    this.#lines = new ChangeLines({
      translation: () => current().controller.translation,
      origin: (kind, key) => current().platform.origin(kind, key),
    });
    this.#lines.start(plane.report.problems);
    tellFleets(plane, this.#say);
  }
}

function tellFleets({ infrastructure }: ControlPlane, say: (line: string) => void): void {
  const told = new Map<string, string>();
  const textOf = ({ key, state, pid, problems }: FleetStatus): string => {
    const [problem] = problems;
    if (problem)
      return `Gateway ${key}: ${problem.severity === "error" ? "not served" : "warning"}: ${problem.message}`;
    return `Gateway ${key}: ${state === "serving" ? `served by Envoy (process ${pid})` : `Envoy is ${state}`}`;
  };
  for (const status of infrastructure?.statuses() ?? []) told.set(status.key, textOf(status));
  infrastructure?.watch((status) => {
    const text = textOf(status);
    if (told.get(status.key) === text) return;
    told.set(status.key, text);
    say(text);
  });
}
