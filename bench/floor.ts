/** An Envoy without a control plane: it reads ready-made protobuf files (`path_config_source`). */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { create, fromJson, toBinary } from "@bufbuild/protobuf";
import { type Any, anyPack } from "@bufbuild/protobuf/wkt";
import { ClusterSchema } from "../src/gen/envoy/config/cluster/v3/cluster_pb.js";
import { RouteConfigurationSchema } from "../src/gen/envoy/config/route/v3/route_pb.js";
import { DiscoveryResponseSchema } from "../src/gen/envoy/service/discovery/v3/discovery_pb.js";
import { listener, startEnvoy } from "./envoy.ts";
import { hostnameOf } from "./manifests.ts";

/** Hostname to cluster, beside the routes that are always there. */
export type ExtraHosts = Readonly<Record<string, string>>;

export class Floor {
  readonly #root: string;
  readonly #routes: number;
  readonly #backends: readonly number[];
  #version = 0;

  constructor(root: string, routes: number, backends: readonly number[]) {
    this.#root = join(root, "floor");
    this.#routes = routes;
    this.#backends = backends;
    mkdirSync(this.#root);
  }

  /** Starts it with the files that are in place. Returns at once. */
  start(port: number): ChildProcess {
    const source = (file: string) => ({
      resource_api_version: "V3",
      path_config_source: { path: join(this.#root, file) },
    });
    return startEnvoy(this.#root, "envoy", {
      node: { id: "floor", cluster: "floor" },
      dynamic_resources: { cds_config: source("clusters.pb") },
      static_resources: {
        listeners: [listener(port, { rds: { route_config_name: "table", config_source: source("routes.pb") } })],
      },
    });
  }

  /** Makes the whole list of clusters ready, one for ten routes and those given by name and port; returns what puts it in place. */
  clusters(extra: Readonly<Record<string, number>> = {}): () => void {
    const usual = Array.from({ length: Math.ceil(this.#routes / 10) }, (_, index) => {
      return clusterOf(`backend-${index}`, this.#backends[index % this.#backends.length] ?? 0);
    });
    const all = [...usual, ...Object.entries(extra).map(([name, port]) => clusterOf(name, port))];
    const packed = all.map((cluster) => anyPack(ClusterSchema, fromJson(ClusterSchema, cluster)));
    return this.#prepare("clusters.pb", packed);
  }

  /** Makes the whole route table ready; returns what puts it in place. */
  table(extra: ExtraHosts = {}): () => void {
    const usual = Array.from({ length: this.#routes }, (_, index) => {
      return hostOf(hostnameOf(index), `backend-${Math.floor(index / 10)}`);
    });
    const virtualHosts = [...usual, ...Object.entries(extra).map(([hostname, cluster]) => hostOf(hostname, cluster))];
    const message = fromJson(RouteConfigurationSchema, { name: "table", virtualHosts });
    return this.#prepare("routes.pb", [anyPack(RouteConfigurationSchema, message)]);
  }

  #prepare(file: string, resources: Any[]): () => void {
    const response = create(DiscoveryResponseSchema, { versionInfo: String(++this.#version), resources });
    const staged = join(this.#root, `${this.#version}.staged`);
    writeFileSync(staged, toBinary(DiscoveryResponseSchema, response));
    return () => renameSync(staged, join(this.#root, file));
  }
}

function clusterOf(name: string, portValue: number) {
  const endpoint = { address: { socketAddress: { address: "127.0.0.1", portValue } } };
  return {
    name,
    type: "STATIC",
    connectTimeout: "5s",
    loadAssignment: { clusterName: name, endpoints: [{ lbEndpoints: [{ endpoint }] }] },
  };
}

function hostOf(hostname: string, cluster: string) {
  return { name: hostname, domains: [hostname], routes: [{ match: { prefix: "/" }, route: { cluster } }] };
}
