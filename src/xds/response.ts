import type { Channel, Unit } from "./channel.ts";
import type { Entry } from "./entry.ts";
import type { BuiltResponse, FleetStore } from "./fleet-store.ts";
import { type DiscoveryResponse, encodeDeltaResponse, encodeSotwResponse, type ResponseResource } from "./messages.ts";
import { isTableType, type TableType, typeUrls } from "./resource-types.ts";
import { HashSum } from "./version.ts";
import type { View } from "./view.ts";
import { Parts } from "./wire.ts";

/**
 * Builds the response that brings `units`, which their views count as sent already. State-of-the-world listeners and
 * clusters come with all others of their type, since what is absent there is removed.
 */
export function buildResponse(channel: Channel, units: readonly Unit[], store: FleetStore): BuiltResponse {
  if (isTableType(channel.type)) return buildTables(channel, channel.type, units, store);
  const isFull = channel.protocol === "sotw" && (channel.type === "cluster" || channel.type === "listener");
  const forms = isFull ? allForms(channel, store) : units.map((unit) => unit.to);
  const sum = new HashSum();
  const resources: ResponseResource[] = [];
  for (const form of forms) {
    if (form === undefined) continue;
    sum.add(form.hash);
    resources.push({ name: form.name, version: form.version, content: new Parts().raw(form.bytes) });
  }
  const removed = units.filter((unit) => unit.to === undefined).map((unit) => unit.name);
  return finish(channel, store.nextNonce(), sum.version(), resources, removed);
}

function buildTables(channel: Channel, type: TableType, units: readonly Unit[], store: FleetStore): BuiltResponse {
  const views = new Set<View>();
  for (const unit of units) views.add(unit.view);
  const [only] = views;
  const isCommon = channel.protocol === "delta" && views.size === 1 && only?.overrides.size === 0;
  if (!isCommon || only?.table === undefined) return joinTables(channel, type, views, store);
  const shared = store.sharedResponse(type, only.table);
  const version = store.table(only.table, type).version(only.overrides);
  if (shared?.version === version && shared.nonce !== channel.lastNonce) return shared;
  const built = joinTables(channel, type, views, store);
  store.shareResponse(type, only.table, built);
  return built;
}

function joinTables(channel: Channel, type: TableType, views: ReadonlySet<View>, store: FleetStore): BuiltResponse {
  const resources: ResponseResource[] = [];
  for (const { table: name, overrides } of views) {
    if (name === undefined) continue;
    const table = store.table(name, type);
    resources.push({ name, version: table.version(overrides), content: table.content(overrides) });
  }
  const version = resources.map((resource) => resource.version).join("-");
  return finish(channel, store.nextNonce(), version, resources, []);
}

function* allForms(channel: Channel, store: FleetStore): Iterable<Entry | undefined> {
  const view = channel.views.get("");
  if (view === undefined || isTableType(channel.type)) return;
  for (const name of store.resources(channel.type).keys()) if (channel.wants(name)) yield view.sent(name);
  for (const [name, form] of view.overrides) if (view.stored(name) === undefined) yield form;
}

function finish(
  channel: Channel,
  nonce: string,
  version: string,
  resources: readonly ResponseResource[],
  removed: readonly string[],
): BuiltResponse {
  const response: DiscoveryResponse = { typeUrl: typeUrls[channel.type], nonce, version, resources, removed };
  const message = channel.protocol === "delta" ? encodeDeltaResponse(response) : encodeSotwResponse(response);
  return { nonce, version, message };
}
