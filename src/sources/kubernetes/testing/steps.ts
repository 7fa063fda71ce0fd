/** What may happen to an API server and to the connection to it, for property tests. */
import fc from "fast-check";
import type { AnyObject } from "../../../kube/client.ts";
import type { TestApiServer } from "../../../kube/testing/api-server.ts";
import { services, slices } from "./followed-server.ts";

/** Something that happens to an API server, or to the connection to it. */
export type Step = (server: TestApiServer, delays: Delays) => void;

/** Answers that are on their way; what they tell is as old as they are. */
export class Delays {
  readonly #waiting: (() => void)[] = [];
  isOn = false;

  next(): Promise<void> | undefined {
    if (!this.isOn) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Lets one answer arrive: the one that waits longest, or any other. */
  release(index: number): void {
    const [one] = this.#waiting.splice(index % Math.max(1, this.#waiting.length), 1);
    one?.();
  }

  end(): void {
    this.isOn = false;
    for (const arrive of this.#waiting.splice(0)) arrive();
  }
}

export const place = fc.constantFrom("shop", "pay");
export const name = fc.constantFrom("one", "two");

export function sliceOf(namespace: string, called: string, of: string, end: number): AnyObject {
  const labels = { "kubernetes.io/service-name": of };
  const endpoints = [{ addresses: [`10.0.0.${end}`] }];
  return { metadata: { name: called, namespace, labels }, addressType: "IPv4", endpoints };
}

export const end = fc.integer({ min: 1, max: 9 });
export const key = fc.tuple(place, name).map((parts) => parts.join("/"));

/** Services that are made and changed, and EndpointSlices that are deleted, as are Services. */
export const backendSteps: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(place, name, end).map(([namespace, called, port]) => (server) => {
    server.put(services, { metadata: { name: called, namespace }, spec: { ports: [{ port }] } });
  }),
  fc.tuple(fc.constantFrom(services, slices), key).map(
    ([resource, of]) =>
      (server) =>
        server.remove(resource, of),
  ),
];

export const connectionSteps: readonly fc.Arbitrary<Step>[] = [
  fc.constant((_, delays) => {
    delays.isOn = true;
  }),
  fc.nat(9).map((index) => (_, delays) => delays.release(index)),
  fc.constant((_, delays) => delays.end()),
  fc.constant((server) => {
    server.isSlow = true;
  }),
  fc.constant((server) => server.hurry()),
  fc.constant((server) => server.cutWatches()),
  fc.constant((server) => {
    server.oldestVersion = server.version;
    server.cutWatches();
  }),
  fc.constant((server) => server.bookmark()),
];

/** Gives the process its turn so many times. */
export async function takeTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
}
