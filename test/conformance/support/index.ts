/** What the conformance tests are written with, besides the harness of the end-to-end tests. */
export { change, changed, type Exchange, expectExchanges, expectShares } from "./exchanges.ts";
export { grant, listenerSet, namespace, route, routeTo } from "./manifests.ts";
export {
  attached,
  expectAttached,
  expectListeners,
  expectObject,
  expectParents,
  latestStatus,
  served,
  sound,
} from "./statuses.ts";
export { useTestBed } from "./test-bed.ts";
