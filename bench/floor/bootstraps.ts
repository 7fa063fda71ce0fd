/** Bootstraps of the Envoys that the benchmark runs by itself: the floor, and the one that stands in for the backends. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { BootstrapSchema } from "../../src/gen/envoy/config/bootstrap/v3/bootstrap_pb.js";
import { type AddressSchema, SocketAddress_Protocol } from "../../src/gen/envoy/config/core/v3/address_pb.js";
import type { ConfigSourceSchema } from "../../src/gen/envoy/config/core/v3/config_source_pb.js";
import type { ListenerSchema } from "../../src/gen/envoy/config/listener/v3/listener_pb.js";
import { RouterSchema } from "../../src/gen/envoy/extensions/filters/http/router/v3/router_pb.js";
import {
  type HttpConnectionManager,
  HttpConnectionManagerSchema,
} from "../../src/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";

type RouteSpecifier = MessageInitShape<typeof HttpConnectionManagerSchema>["routeSpecifier"];

/** A port of 127.0.0.1, or of another address. */
export function socketAddress(port: number, address = "127.0.0.1"): MessageInitShape<typeof AddressSchema> {
  const socket = {
    protocol: SocketAddress_Protocol.TCP,
    address,
    portSpecifier: { case: "portValue", value: port },
  } as const;
  return { address: { case: "socketAddress", value: socket } };
}

/** An Envoy on `port` that takes its clusters and its routes from `cds.pb` and `rds.pb` in `folder`. */
export function floorBootstrap(folder: string, port: number, tableName: string): Uint8Array {
  const watched = (file: string): MessageInitShape<typeof ConfigSourceSchema> => ({
    configSourceSpecifier: {
      case: "pathConfigSource",
      value: { path: `${folder}/${file}`, watchedDirectory: { path: folder } },
    },
  });
  const routes: RouteSpecifier = {
    case: "rds",
    value: { routeConfigName: tableName, configSource: watched("rds.pb") },
  };
  return bootstrap("floor", [httpListener("http", port, routes)], { cdsConfig: watched("cds.pb") });
}

/** An Envoy whose listener on `ports[i]` (of 127.0.0.1 unless told otherwise) answers every request with 200 and the body `b<i>`. */
export function backendBootstrap(ports: readonly number[], address?: string): Uint8Array {
  const listeners = ports.map((port, index) => {
    const body = { specifier: { case: "inlineString", value: `b${index}` } } as const;
    const route = {
      match: { pathSpecifier: { case: "prefix", value: "/" } },
      action: { case: "directResponse", value: { status: 200, body } },
    } as const;
    const table = { virtualHosts: [{ name: "all", domains: ["*"], routes: [route] }] };
    return httpListener(`b${index}`, port, { case: "routeConfig", value: table }, address);
  });
  return bootstrap("backends", listeners, {});
}

/** A listener with an HTTP connection manager that only routes. */
export function httpListener(
  name: string,
  port: number,
  routeSpecifier: RouteSpecifier,
  address?: string,
): MessageInitShape<typeof ListenerSchema> {
  const manager: HttpConnectionManager = create(HttpConnectionManagerSchema, {
    statPrefix: name,
    ...(routeSpecifier && { routeSpecifier }),
    httpFilters: [
      {
        name: "envoy.filters.http.router",
        configType: { case: "typedConfig", value: anyPack(RouterSchema, create(RouterSchema)) },
      },
    ],
  });
  const filter = {
    name: "envoy.filters.network.http_connection_manager",
    configType: { case: "typedConfig", value: anyPack(HttpConnectionManagerSchema, manager) },
  } as const;
  return { name, address: socketAddress(port, address), filterChains: [{ filters: [filter] }] };
}

function bootstrap(
  name: string,
  listeners: MessageInitShape<typeof ListenerSchema>[],
  dynamicResources: { cdsConfig?: MessageInitShape<typeof ConfigSourceSchema> },
): Uint8Array {
  return toBinary(
    BootstrapSchema,
    create(BootstrapSchema, {
      node: { id: name, cluster: name },
      staticResources: { listeners },
      dynamicResources,
      // As gateways have it: statistics of thousands of clusters are made when they are first used.
      deferredStatOptions: { enableDeferredCreationStats: true },
    }),
  );
}
