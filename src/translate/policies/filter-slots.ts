import type { FeatureHttpFilter } from "../../features/feature.ts";
import { orderHttpFilters, routeFilterPlacements } from "../../features/http-filter-order.ts";
import type { PolicyKind } from "../../features/policy-kind.ts";
import { type HttpFilterSlot, routeFilterSlots } from "../routes/http/filter-slots.ts";

/** HTTP filters of the features of all kinds. */
export function featureFilters(kinds: readonly PolicyKind[]): FeatureHttpFilter[] {
  const filters = kinds.flatMap((kind) => kind.features.flatMap((feature) => feature.httpFilter ?? []));
  return [...new Map(filters.map((filter) => [filter.name, filter])).values()];
}

/**
 * HTTP filters of every chain, in order: those that routes configure themselves, and those of policy features. Throws where the places
 * that features ask for make no order.
 */
export function httpFilterSlots(kinds: readonly PolicyKind[]): HttpFilterSlot[] {
  const features = featureFilters(kinds);
  const slots = new Map<string, HttpFilterSlot>();
  for (const { name, schema } of features) {
    slots.set(name, { name, config: { discoveredAs: name, typeUrl: `type.googleapis.com/${schema.typeName}` } });
  }
  for (const slot of routeFilterSlots) slots.set(slot.name, slot);
  const order = orderHttpFilters([...routeFilterPlacements, ...features]);
  return order.flatMap((name) => slots.get(name) ?? []);
}
