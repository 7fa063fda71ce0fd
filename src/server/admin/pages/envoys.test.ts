import { expect, test } from "vitest";
import type { FleetStatus } from "../../../infra/fleet.ts";
import type { ControlPlane } from "../../control-plane.ts";
import type { AdminContext } from "../context.ts";
import { envoysPage } from "./envoys.ts";

function page(status: Partial<FleetStatus>): string {
  const statuses = [{ key: "default/eg", state: "serving", restarts: 0, isAdopted: false, problems: [], ...status }];
  const plane = {
    xds: { streams: () => [] },
    infrastructure: { statuses: () => statuses },
    controller: { translation: { fleets: new Map() } },
  } as unknown as ControlPlane;
  const { body } = envoysPage({ plane: () => plane } as AdminContext, new URL("http://localhost/envoys"));
  return String(body).replace(/<[^>]*>/g, " ");
}

test("a fleet of pods is shown with how many of them are available, and where clients reach it", () => {
  const addresses = [{ type: "IPAddress", value: "192.0.2.7" }] as const;
  const text = page({ replicas: { desired: 3, available: 2 }, addresses });
  expect(text).toMatch(/Envoys\s+2 of 3 available\s+Addresses\s+192\.0\.2\.7\s/);
});

test("the Envoy of this machine is shown with its process", () => {
  const text = page({ replicas: { desired: 1, available: 1 }, pid: 4711, isAdopted: true });
  expect(text).toMatch(/Envoys\s+pid 4711, taken over from an earlier control plane\s/);
  expect(text).not.toContain("Addresses");
});
