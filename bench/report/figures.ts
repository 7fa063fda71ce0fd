/** The figures of a result. */
import type { DataplaneResult, Result } from "../results.ts";
import { atLeast, type Figure, type Part, upTo } from "./figure.ts";
import { fleetFigures } from "./fleet-figures.ts";
import { sizeFigures } from "./size-figures.ts";

/** All figures, by size, then those that span sizes. */
export function figuresOf(result: Result): Figure[] {
  const sizes = Object.entries(result.sizes).map(([routes, size]) => ({ routes: Number(routes), size }));
  const [smallest] = sizes;
  return [
    ...sizes.flatMap(({ routes, size }) =>
      sizeFigures(routes, size, routes === smallest?.routes ? undefined : smallest?.size),
    ),
    ...(result.dataplane ? dataplaneFigures(result.dataplane) : []),
    ...fleetFigures(result),
  ];
}

/** What a data plane of many path prefixes keeps of the throughput of one with few. */
const kept = 0.9;

function dataplaneFigures({ load, direct, byPrefixes, mostToFewest, wrong }: DataplaneResult): Figure[] {
  const parts: Part[] = [
    { name: "straight to a backend", unit: "req/s", value: direct, note: load },
    ...Object.entries(byPrefixes).map(([prefixes, { gateway, floor }]): Part => {
      return { name: `${Number(prefixes).toLocaleString("en")} prefixes`, unit: "req/s", value: gateway, floor };
    }),
    { name: "answers that were no 200", unit: "", value: wrong, target: upTo(0) },
  ];
  if (mostToFewest !== undefined) {
    const { median, min, max } = mostToFewest;
    const note = `${min.toFixed(2)} to ${max.toFixed(2)}`;
    parts.push({ name: "most to fewest", unit: "×", value: median, target: atLeast(kept), note });
  }
  return parts.map((part) => ({ group: "path prefixes", ...part }));
}
