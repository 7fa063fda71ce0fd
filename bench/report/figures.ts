/** The figures of a result. */
import type { DataplaneResult, Result } from "../results.ts";
import { atLeast, type Figure, type Part, upTo } from "./figure.ts";
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
  ];
}

/** What a data plane of many path prefixes keeps of the throughput of one with few. */
const kept = 0.9;

function dataplaneFigures({ load, direct, byPrefixes, wrong }: DataplaneResult): Figure[] {
  const sizes = Object.entries(byPrefixes);
  const [fewest, ...more] = sizes;
  const parts: Part[] = [
    { name: "straight to a backend", unit: "req/s", value: direct, note: load },
    ...sizes.map(([prefixes, { gateway, floor }]): Part => {
      return { name: `${Number(prefixes).toLocaleString("en")} prefixes`, unit: "req/s", value: gateway, floor };
    }),
    ...more.slice(-1).map(([, most]): Part => {
      const value = most.gateway / (fewest?.[1].gateway ?? 0);
      return { name: "most to fewest", unit: "×", value, target: atLeast(kept) };
    }),
    { name: "answers that were no 200", unit: "", value: wrong, target: upTo(0) },
  ];
  return parts.map((part) => ({ group: "path prefixes", ...part }));
}
