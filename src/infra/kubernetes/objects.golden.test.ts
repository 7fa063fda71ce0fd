import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { apiVersionOf } from "../../kube/resource.ts";
import { type EnvoyProxySettings, type FleetOwner, type FleetPort, fleetName } from "../fleet.ts";
import { desiredObjects } from "./desired.ts";
import { fleetResources } from "./resources.ts";
import { scopeOf } from "./scope.ts";

/** `<name>.in.yaml`. The objects that come of it stand in `<name>.out.yaml`; `UPDATE_GOLDEN=1` rewrites them. */
interface Story {
  /** Default: ControllerNamespace. */
  readonly deploy?: "ControllerNamespace" | "GatewayNamespace";
  /** Default: `default/eg`. */
  readonly key?: string;
  readonly owner?: Partial<FleetOwner>;
  readonly ports?: readonly FleetPort[];
  readonly envoyProxy?: EnvoyProxySettings;
  /** Shows the kinds of interest only; default: all. */
  readonly show?: readonly string[];
  /** Shows Envoy's bootstrap, which is left out otherwise. */
  readonly showBootstrap?: true;
}

const directory = join(import.meta.dirname, "testdata");
const names = readdirSync(directory).flatMap((file) => (file.endsWith(".in.yaml") ? [file.slice(0, -8)] : []));

test.each(names)("%s: the objects are those of the golden file", async (name) => {
  const story = parse(readFileSync(join(directory, `${name}.in.yaml`), "utf8")) as Story;
  const actual = await render(story);
  const path = join(directory, `${name}.out.yaml`);
  if (process.env["UPDATE_GOLDEN"]) writeFileSync(path, actual);
  expect(actual).toBe(existsSync(path) ? readFileSync(path, "utf8") : "");
});

async function render(story: Story): Promise<string> {
  const { key = "default/eg", deploy = "ControllerNamespace", envoyProxy, show } = story;
  const [namespace = "", gatewayName] = key.split("/");
  const owner: FleetOwner = {
    gatewayClass: { name: "eg", uid: "class-uid" },
    ...(gatewayName !== undefined && { gateway: { namespace, name: gatewayName, uid: "gateway-uid" } }),
    labels: {},
    annotations: {},
    addresses: [],
    ...story.owner,
  };
  const ports = story.ports ?? [{ name: "http", port: 80, transport: "TCP", protocol: "HTTP" }];
  const fleet = { key, name: fleetName(key), envoyProxy, ports, owner };
  const scope = scopeOf(fleet, {
    namespace: "envoy-gateway-system",
    controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
    deploy,
    clusterDomain: "cluster.local",
    images: { envoy: "registry.example/envoy:distroless-v1.40.0", shutdownManager: "registry.example/gateway:v1" },
    certificateAuthority: () => "PEM\n",
  });
  const { objects, problems } = await desiredObjects(scope);
  const shown = objects.filter(({ kind }) => show === undefined || show.includes(kind));
  const documents = [
    ...(problems.length > 0 ? [{ problems }] : []),
    ...shown.map(({ kind, object }) => ({ apiVersion: apiVersionOf(fleetResources[kind]), kind, ...object })),
  ];
  const text = documents.map((document) =>
    stringify(document, bootstrapHidden(story), { lineWidth: 0, aliasDuplicateObjects: false }),
  );
  return text.join("---\n");
}

/** The bootstrap is one line of a few thousand characters; its own tests say what is in it. */
function bootstrapHidden({ showBootstrap }: Story): (key: unknown, value: unknown) => unknown {
  return (_key, value) => {
    if (typeof value !== "string" || !value.startsWith('{"admin"')) return value;
    return showBootstrap ? JSON.parse(value) : "<bootstrap>";
  };
}
