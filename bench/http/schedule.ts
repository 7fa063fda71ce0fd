/** A load at a fixed rate: when which request is due on which connection, and what its answer is. */
import type { Answer } from "./answer.ts";
import type { Endpoint } from "./connection.ts";

/** A request that is sent again and again, and what may be answered. */
export interface Target {
  readonly host: string;
  readonly path: string;
  /** Bodies of the backends that may answer with 200. */
  readonly bodies: readonly string[];
  /** Other statuses that are right, such as 404 while a route is away. */
  readonly allowed?: readonly number[];
}

/** A load over kept-alive connections. Half of the requests go to the first target, the others in turns to the rest. */
export interface LoadPlan {
  /** Default: 127.0.0.1. */
  readonly address?: string;
  readonly port: number;
  readonly targets: readonly [Target, ...Target[]];
  /** Requests per second over all connections. */
  readonly rate: number;
  readonly connections: number;
}

/** Where the load goes. */
export function endpointOf({ address, port }: LoadPlan): Endpoint {
  return address === undefined ? port : { address, port };
}

/** When a connection sends its request number `turn`, in ms after the start: connections take turns. */
export function dueMs({ connections, rate }: LoadPlan, connection: number, turn: number): number {
  return ((connection + turn * connections) * 1000) / rate;
}

/** Which target that request has. */
export function targetOf({ connections, targets }: LoadPlan, connection: number, turn: number): Target {
  const [first, ...rest] = targets;
  const number = connection + turn * connections;
  // In turns on each connection, lest a connection meets the first target only.
  const isFirst = rest.length === 0 || turn % 2 === connection % 2;
  return isFirst ? first : (rest[Math.floor(number / 2) % rest.length] ?? first);
}

/** What is to be told about an answer; nothing when it is a 200 of a right backend. */
export function judge(answer: Answer, target: Target, isNewConnection: boolean): string | undefined {
  const { status, body } = answer;
  if (status === 200) return target.bodies.includes(body) ? undefined : `wrong backend (${body.slice(0, 20)})`;
  if (target.allowed?.includes(status)) return `${status} (allowed)`;
  if (status === 0) return body === "reset" ? `reset on ${isNewConnection ? "new" : "kept"} connection` : body;
  return status >= 500 ? `${status} ${body.slice(0, 60)}`.trimEnd() : String(status);
}

/** Whether what {@link judge} tells is a fault. */
export const isWrong = (told: string): boolean => !told.endsWith("(allowed)");
