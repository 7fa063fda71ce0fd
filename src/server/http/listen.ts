import type { Server } from "node:http";
import { createServer } from "node:net";
import { portHolders } from "../../infra/host/process-table.ts";
import { StartError } from "../start-error.ts";
import { hostWithPort } from "./addresses.ts";

/** Where something listens, and how its user can change that. */
export interface ListenPlan {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** What it is, e.g. `the admin server`. */
  readonly what: string;
  /** How to choose another port, e.g. `--admin-port`. */
  readonly setting: string;
}

/** Lets a server listen; returns its port. Throws a {@link StartError} that says who has the port and how to choose another. */
export function listenHttp(server: Server, plan: ListenPlan): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => void listenProblem(plan, error).then(reject, reject);
    server.once("error", onError);
    server.listen(plan.port, plan.host, () => {
      server.off("error", onError);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : plan.port);
    });
  });
}

/** Ends a server at once, open connections included. */
export function closeHttp(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Why nothing can listen there; `undefined` if it seems possible. */
export function probeListen(plan: ListenPlan): Promise<StartError | undefined> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => void listenProblem(plan, error).then(resolve, reject));
    probe.listen(plan.port, plan.host, () => probe.close(() => resolve(undefined)));
  });
}

async function listenProblem(plan: ListenPlan, error: NodeJS.ErrnoException): Promise<StartError> {
  const { host, port, what, setting } = plan;
  const choose = `choose another with ${setting}`;
  if (error.code === "EADDRINUSE") {
    const [holder] = await portHolders(port);
    const by =
      holder?.pid === undefined
        ? "another process"
        : `process ${holder.pid}${holder.command ? ` (${holder.command})` : ""}`;
    return new StartError(`Port ${port} for ${what} is in use by ${by}. End it, or ${choose}.`);
  }
  if (error.code === "EACCES")
    return new StartError(`This user may not listen on port ${port} for ${what}; ${choose}.`);
  if (error.code === "EADDRNOTAVAIL")
    return new StartError(`${host} is no address of this machine, so ${what} cannot listen there.`);
  return new StartError(`${what} cannot listen on ${hostWithPort(host, port)}: ${error.message}`);
}
