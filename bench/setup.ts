import type { Processes } from "./processes/processes.ts";
import type { Settings } from "./settings.ts";

/** What all phases share. */
export interface Setup {
  readonly settings: Settings;
  /** Path of `envoy-gateway`. */
  readonly program: string;
  /** Path of Envoy. */
  readonly envoy: string;
  /** Folder that is removed at the end. */
  readonly work: string;
  readonly processes: Processes;
  /** Ports on 127.0.0.1; the one with index i answers every request with the body `b<i>`. */
  readonly backendPorts: readonly number[];
  /** Tells the person who waits what is being done. */
  readonly say: (text: string) => void;
}

/** Which of the backends' ports, e.g. for `b1`. */
export function portOf({ backendPorts }: Setup, index: number): number {
  return backendPorts[index % backendPorts.length] ?? 0;
}
