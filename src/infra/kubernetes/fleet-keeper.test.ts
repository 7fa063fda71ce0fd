import { expect, test } from "vitest";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { KubeError } from "../../kube/error.ts";
import type { FleetSpec } from "../fleet.ts";
import { AccountUsers } from "./account-users.ts";
import { FleetKeeper } from "./fleet-keeper.ts";
import { LiveObjects } from "./live-objects.ts";
import { PassLimit } from "./pass-limit.ts";
import type { KubernetesInfraSettings } from "./settings.ts";

const settings: KubernetesInfraSettings = {
  namespace: "envoy-gateway-system",
  controllerName: "example.com/controller",
  deploy: "GatewayNamespace",
  clusterDomain: "cluster.local",
  images: { envoy: "envoy:1", shutdownManager: "gateway:1" },
};
const spec: FleetSpec = {
  key: "default/eg",
  name: "envoy-default-eg",
  ports: [{ name: "http", port: 80, transport: "TCP", protocol: "HTTP" }],
};
const ignored = (): void => undefined;

/** An API server that takes everything in the same moment. */
function fakeClient(): KubeClient {
  let version = 1;
  return {
    apply: async (_: unknown, object: AnyObject) => {
      version += 1;
      return { ...object, metadata: { ...object.metadata, uid: "uid", resourceVersion: String(version) } };
    },
    get: async () => {
      throw new KubeError("not found", 404, "NotFound");
    },
    delete: async () => undefined,
  } as unknown as KubeClient;
}

test.each(Array.from({ length: 40 }, (_, steps) => steps))(
  "what changes while a pass ends is seen, %i steps after it began",
  async (steps) => {
    const live = new LiveObjects(settings);
    const keeper = new FleetKeeper(spec, {
      client: fakeClient(),
      settings,
      live,
      logger: { debug: ignored, info: ignored, warn: ignored, error: ignored },
      mayWrite: () => true,
      nodes: () => [],
      onStatus: ignored,
      onWrite: ignored,
      passes: new PassLimit(),
      accounts: new AccountUsers(),
    });
    keeper.want(spec);
    await keeper.idle();
    keeper.look();
    for (let i = 0; i < steps; i += 1) await Promise.resolve();
    live.remove("Service", "default/eg");
    keeper.look();
    await keeper.idle();
    // What lies before the keeper's own promise in the queue.
    await new Promise(setImmediate);
    expect(live.get("Service", "default/eg")).toBeDefined();
  },
);
