import { expect, test } from "vitest";
import { parseUpdates, updatesBetween } from "./updates.ts";

const statistics = `cluster.backend/default/be-0.update_success: 2
cluster.backend/default/be-1.update_success: 1
cluster.xds_cluster.update_success: 0
cluster_manager.cds.update_rejected: 1
cluster_manager.cds.update_success: 4
http.http-21888.rds.default/eg/http.update_success: 7
listener_manager.lds.update_success: 1
sds.xds_trusted_ca.update_success: 1
`;

test("updates are counted by kind, refused ones apart, and those that are no xDS of ours not at all", () => {
  expect(parseUpdates(statistics)).toEqual({ eds: 3, rejected: 1, cds: 4, rds: 7, lds: 1 });
});

test("only kinds with updates in between are told", () => {
  expect(updatesBetween({ cds: 4, rds: 7, eds: 9 }, { cds: 4, rds: 9, lds: 1, eds: 8 })).toEqual({ rds: 2, lds: 1 });
});
