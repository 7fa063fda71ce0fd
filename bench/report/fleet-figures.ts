/** The figures of very many listeners, and of very many ListenerSets. */
import type { FleetResult, Result } from "../results.ts";
import { cost, counts, type Figure, type Part, scaled } from "./figure.ts";

export function fleetFigures({ listeners, listenerSets }: Pick<Result, "listeners" | "listenerSets">): Figure[] {
  const figures: Figure[] = [];
  if (listeners !== undefined) {
    const group = `${listeners.listeners.toLocaleString("en")} TLS listeners`;
    figures.push(...parts(listeners, "certificate rotated").map((part) => ({ group, ...part })));
  }
  if (listenerSets !== undefined) {
    const { sets, routesPerSet } = listenerSets;
    const group = `${sets.toLocaleString("en")} ListenerSets × ${routesPerSet} routes`;
    figures.push(...parts(listenerSets, "route changed").map((part) => ({ group, ...part })));
  }
  return figures;
}

function parts({ start, changes, controlPlaneMb, envoyMb, updatesPerChange }: FleetResult, change: string): Part[] {
  return [
    { name: "start: first 200", unit: "s", ...scaled(start.firstMs, 1000) },
    { name: "start: all of a sample", unit: "s", ...scaled(start.sampleMs, 1000) },
    { name: "start: CPU of control plane", unit: "s", value: start.controlPlaneCpuMs / 1000 },
    { name: "start: CPU of Envoy", unit: "s", value: start.envoyCpuMs / 1000 },
    { name: "memory of control plane", unit: "MB", value: start.controlPlaneMb },
    { name: "memory of Envoy", unit: "MB", value: start.envoyMb },
    { name: change, unit: "ms", ...scaled(changes.ms, 1) },
    { name: "CPU of control plane per change, mean", unit: "ms", ...cost(changes.controlPlaneCpuMs) },
    {
      name: "CPU of Envoy per change, mean",
      unit: "ms",
      ...cost(changes.envoyCpuMs),
      note: counts(updatesPerChange, 1),
    },
    { name: "memory of control plane after changes", unit: "MB", value: controlPlaneMb },
    { name: "memory of Envoy after changes", unit: "MB", value: envoyMb },
  ];
}
