import { split } from "./bisect.ts";
import type { Channel, Flight, Ref, Unit } from "./channel.ts";
import { sameContent } from "./entry.ts";
import type { FleetStore } from "./fleet-store.ts";
import type { Rejection } from "./rejection.ts";
import { tableHead } from "./route-table.ts";

const noBytes = new Uint8Array(0);

/** Where a refusal is remembered and told. */
export interface RefusalContext {
  readonly fleet: string;
  readonly node: string;
  readonly store: FleetStore;
  readonly onRejected: (rejection: Rejection) => void;
  readonly onRecovered: (rejection: Rejection) => void;
}

/** The Envoy has taken the response. */
export function acceptFlight(channel: Channel, flight: Flight, onRecovered: (rejection: Rejection) => void): void {
  for (const { view, name, to } of flight.units) {
    view.accept(name);
    const quarantine = view.quarantined.get(name);
    if (quarantine === undefined || quarantine.version === (to?.version ?? "")) continue;
    // A form that only restores what was served before says nothing about the content that was refused.
    if (view.overrides.has(name)) continue;
    view.quarantined.delete(name);
    onRecovered(quarantine.rejection);
  }
  channel.trials.shift();
}

/**
 * The Envoy has refused the response and keeps what it had. What was refused is tried again in two groups, down to
 * single resources; one that is refused alone is not sent again as long as its content stays.
 */
export function refuseFlight(channel: Channel, flight: Flight, message: string, context: RefusalContext): void {
  const isTrial = channel.trials.length > 0;
  channel.trials.shift();
  for (const { view, name } of flight.units) view.refuse(name);
  const refs: Ref[] = flight.units.filter((unit) => !isLeftOut(unit));
  const [only] = refs;
  if (only === undefined) return;
  if (refs.length > 1) {
    channel.trials.unshift(...splitRefs(refs, message));
    return;
  }
  const mayDependOnOthers = only.name !== tableHead && channel.trials.length > 0;
  if (isTrial && mayDependOnOthers && !channel.isFinalTrial) channel.doubtful.push(only);
  else quarantine(channel, flight, only, message, context);
}

/** A host that went out of its table only because its former content is not known. */
function isLeftOut({ view, from, to }: Unit): boolean {
  return view.table !== undefined && from?.isUnknown === true && to === undefined;
}

function splitRefs(refs: readonly Ref[], message: string): Ref[][] {
  const heads = refs.filter((ref) => ref.name === tableHead);
  const others = refs.filter((ref) => ref.name !== tableHead);
  if (heads.length > 0 && others.length > 0) return [heads, others];
  return split(refs, message, ({ view, name }) => ({ name, bytes: view.stored(name)?.bytes ?? noBytes }));
}

function quarantine(channel: Channel, flight: Flight, ref: Ref, message: string, context: RefusalContext): void {
  const { view, name } = ref;
  const refused = flight.units.find((unit) => unit.view === view && unit.name === name)?.to;
  // What has changed or is not wanted any more since it was sent needs no verdict.
  if (!sameContent(view.stored(name), refused) || !channel.has(ref)) return;
  const isHost = view.table !== undefined && name !== tableHead;
  const rejection: Rejection = {
    fleet: context.fleet,
    node: context.node,
    type: channel.type,
    name: view.table ?? name,
    ...(isHost && (channel.type === "route" ? { virtualHost: name } : { part: name })),
    message,
    from: refused?.from ?? [],
  };
  const former = view.quarantined.get(name);
  view.quarantined.set(name, { version: refused?.version ?? "", rejection });
  if (former !== undefined) context.onRecovered(former.rejection);
  if (refused !== undefined) context.store.suspect(channel.type, view.table, name, refused.version);
  context.onRejected(rejection);
}
