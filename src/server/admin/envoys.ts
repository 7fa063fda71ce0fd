import type { AdminContext } from "./context.ts";

/** Every fleet with its Envoys: where they run, what each has acknowledged, what it waits for or refuses. */
export function describeEnvoys(context: AdminContext): object {
  const plane = context.plane();
  const streams = plane?.xds.streams() ?? [];
  const statuses = new Map((plane?.infrastructure?.statuses() ?? []).map((status) => [status.key, status]));
  const keys = [...new Set([...statuses.keys(), ...streams.map(({ fleet }) => fleet)])].sort();
  return {
    fleets: keys.map((key) => {
      const planned = plane?.controller.translation.fleets.get(key);
      return {
        fleet: key,
        ...(planned && { gateways: planned.gateways, ports: planned.ports }),
        ...(statuses.get(key) ?? {}),
        streams: streams
          .filter(({ fleet }) => fleet === key)
          .map(({ startedAt, fleet: _, ...stream }) => ({ ...stream, startedAt: new Date(startedAt).toISOString() })),
      };
    }),
  };
}
