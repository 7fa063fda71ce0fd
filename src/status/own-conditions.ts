/**
 * Types of conditions that translation computes for objects and listeners. In lists that name no controller these are ours, and
 * every other type is somebody else's.
 */
export const ownConditionTypes: ReadonlySet<string> = new Set([
  "Accepted",
  "Aggregated",
  "BackendsAvailable",
  "Conflicted",
  "InsecureFrontendValidationMode",
  "Merged",
  "Overridden",
  "OverlappingTLSConfig",
  "PartiallyInvalid",
  "Programmed",
  "ResolvedRefs",
  "RouteRulesOverlap",
  "Warning",
]);
