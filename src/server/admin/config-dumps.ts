import {
  type DescMessage,
  fromBinary,
  type JsonObject,
  type JsonValue,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import { ClusterSchema } from "../../gen/envoy/config/cluster/v3/cluster_pb.js";
import { TypedExtensionConfigSchema } from "../../gen/envoy/config/core/v3/extension_pb.js";
import { ClusterLoadAssignmentSchema } from "../../gen/envoy/config/endpoint/v3/endpoint_pb.js";
import { ListenerSchema } from "../../gen/envoy/config/listener/v3/listener_pb.js";
import { VirtualHostSchema } from "../../gen/envoy/config/route/v3/route_components_pb.js";
import { RouteConfigurationSchema } from "../../gen/envoy/config/route/v3/route_pb.js";
import { SecretSchema } from "../../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import type { FleetChange, Resource, ResourceChange } from "../../translate/resources.ts";
import { type DumpType, dumpTypes } from "./dump-types.ts";
import { registryFor } from "./message-types.ts";

type NamedChange = ResourceChange<Resource>;

/**
 * The resources of a fleet (given as a change that adds them) decoded from their bytes, in the form of Envoy's `/config_dump`:
 * one message for each type, resources sorted by name.
 *
 * @param bootstrap the static configuration, in JSON form; without it that message is left out
 */
export async function configDumps(resources: FleetChange, bootstrap: JsonObject | undefined): Promise<JsonObject[]> {
  const registry = await registryFor(bytesOf(resources));
  const decoded = (schema: DescMessage, typeUrl: string, changes: readonly NamedChange[] = []): JsonObject[] =>
    sorted(changes).flatMap(({ value }) =>
      value ? [{ "@type": typeUrl, ...decode(schema, value.bytes, registry) }] : [],
    );
  const url = (schema: DescMessage): string => `type.googleapis.com/${schema.typeName}`;
  const clusters = decoded(ClusterSchema, url(ClusterSchema), resources.cluster);
  const endpoints = decoded(ClusterLoadAssignmentSchema, url(ClusterLoadAssignmentSchema), resources.endpoint);
  const listeners = decoded(ListenerSchema, url(ListenerSchema), resources.listener);
  const secrets = decoded(SecretSchema, url(SecretSchema), resources.secret);
  const routes = routeTables(resources, registry);
  const listed = (type: DumpType, field: string, list: JsonObject[]): JsonObject => ({
    "@type": dumpTypes[type],
    ...(list.length > 0 && { [field]: list }),
  });
  return [
    ...(bootstrap ? [{ "@type": dumpTypes.bootstrap, bootstrap }] : []),
    listed(
      "endpoint",
      "dynamicEndpointConfigs",
      endpoints.map((endpointConfig) => ({ endpointConfig })),
    ),
    listed(
      "cluster",
      "dynamicActiveClusters",
      clusters.map((cluster) => ({ cluster })),
    ),
    listed(
      "listener",
      "dynamicListeners",
      listeners.map((listener) => ({ name: listener["name"] ?? "", activeState: { listener } })),
    ),
    listed(
      "route",
      "dynamicRouteConfigs",
      routes.map((routeConfig) => ({ routeConfig })),
    ),
    ...(resources.extension?.length
      ? [
          listed(
            "extension",
            "ecdsFilters",
            extensions(resources, registry).map((ecdsFilter) => ({ ecdsFilter })),
          ),
        ]
      : []),
    listed(
      "secret",
      "dynamicActiveSecrets",
      secrets.map((secret) => ({ name: secret["name"] ?? "", secret })),
    ),
  ];
}

function* bytesOf(resources: FleetChange): Iterable<Uint8Array> {
  for (const changes of Object.values(resources) as readonly (readonly NamedChange[])[]) {
    for (const { value } of changes) if (value) yield value.bytes;
  }
}

function routeTables({ route = [], virtualHost = [] }: FleetChange, registry: Registry): JsonObject[] {
  const hosts = new Map<string, JsonValue[]>();
  for (const { table, value } of sorted(virtualHost)) {
    if (!value) continue;
    const list = hosts.get(table) ?? [];
    list.push(decode(VirtualHostSchema, value.bytes, registry));
    hosts.set(table, list);
  }
  return sorted(route).flatMap(({ name, value }) => {
    if (!value) return [];
    const head = decode(RouteConfigurationSchema, value.bytes, registry);
    const type = `type.googleapis.com/${RouteConfigurationSchema.typeName}`;
    return [{ "@type": type, ...head, virtualHosts: hosts.get(name) ?? [] }];
  });
}

/** Parts are encoded messages of the extension's own type; one behind the other they are one message with all of them. */
function extensions({ extension = [], extensionPart = [] }: FleetChange, registry: Registry): JsonObject[] {
  return sorted(extension).flatMap(({ name, value }) => {
    if (!value) return [];
    const config = fromBinary(TypedExtensionConfigSchema, value.bytes);
    const parts = sorted(extensionPart).flatMap((part) =>
      part.extension === name && part.value ? [part.value.bytes] : [],
    );
    if (config.typedConfig)
      config.typedConfig.value = Uint8Array.from(Buffer.concat([config.typedConfig.value, ...parts]));
    const json = toJson(TypedExtensionConfigSchema, config, { registry }) as JsonObject;
    return [{ "@type": `type.googleapis.com/${TypedExtensionConfigSchema.typeName}`, ...json }];
  });
}

function decode(schema: DescMessage, bytes: Uint8Array, registry: Registry): JsonObject {
  return toJson(schema, fromBinary(schema, bytes), { registry }) as JsonObject;
}

function sorted<T extends { readonly name: string }>(changes: readonly T[]): T[] {
  return [...changes].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
