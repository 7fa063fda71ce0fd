import type { Manifests } from "../manifests.ts";
import type { Figure } from "../table.ts";

/** What the phases of one size share. */
export interface PhaseContext {
  readonly routes: number;
  readonly reps: number;
  /** The listener. */
  readonly port: number;
  readonly backends: readonly number[];
  readonly manifests: Manifests;
  /** Process of the control plane. */
  readonly pid: number;
  readonly floor: FloorFigures;
  readonly add: (figure: Omit<Figure, "routes">) => void;
}

/** Medians of the Envoy without a control plane, in ms (requests/s for `dataplane`); empty when that phase was left out. */
export interface FloorFigures {
  readonly start?: number;
  readonly add?: number;
  readonly change?: number;
  readonly remove?: number;
  readonly dataplane?: number;
}

/** The bound for a change: half as much again as the floor, or ten milliseconds more where that is all but nothing. */
export const changeTarget = (floor: number | undefined) =>
  floor === undefined ? {} : { floor, target: Math.max(1.5 * floor, floor + 10) };
