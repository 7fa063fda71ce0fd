import { setTimeout as sleep } from "node:timers/promises";
import { hasStatus } from "../../src/kube/error.ts";
import { probe, waitUntil } from "../http/probe.ts";
import { findProcess, residentMb } from "../processes/proc.ts";
import type { LocalCluster } from "./cluster.ts";
import {
  backendObjects,
  gatewayName,
  gatewayObjects,
  namespace,
  type Placed,
  resources,
  routeObject,
  systemNamespace,
} from "./objects.ts";

const startLimitMs = 180_000;
/** CPU in half a second up to which a control plane counts as quiet, in ms: the ticks of one or two wake-ups. */
const quietCpuMs = 25;
const quietWindowMs = 500;
const quietLimitMs = 15_000;
const atOnce = 16;

interface GatewayStatus {
  readonly status?: { readonly addresses?: readonly { readonly value: string }[] };
}

/** A Gateway in the cluster as its users have it: objects through the API server, requests to the load balancer's address. */
export class GatewayInCluster {
  readonly cluster: LocalCluster;
  /** The load balancer. */
  readonly at: { readonly address: string; readonly port: number };
  /** Name of the Deployment of its Envoys, in the control plane's namespace. */
  readonly deployment: string;

  private constructor(cluster: LocalCluster, address: string, deployment: string) {
    this.cluster = cluster;
    this.at = { address, port: 80 };
    this.deployment = deployment;
  }

  /** Makes the Gateway and `backends` Services behind it, and waits until a first route is served, which then goes again. */
  static async start(
    cluster: LocalCluster,
    backends: number,
    provider?: Readonly<Record<string, object>>,
  ): Promise<GatewayInCluster> {
    await applyAll(cluster, gatewayObjects(provider));
    await applyAll(cluster, backendObjects(backends));
    const address = await addressOf(cluster);
    const gateway = new GatewayInCluster(cluster, address, await deploymentOf(cluster));
    const first = routeObject("first", "first.bench.test", 0);
    await cluster.client.apply(resources.route, first, { fieldManager: "bench" });
    const isServed = async (): Promise<boolean> => (await probe(gateway.at, "first.bench.test")).body === "b0";
    if ((await waitUntil(isServed, { limitMs: startLimitMs })) === undefined) throw new Error("no route is served");
    await cluster.client.delete(resources.route, first.metadata);
    return gateway;
  }

  /** Runs `make` for each item, several at a time. */
  async each<T>(items: Iterable<T>, make: (item: T) => Promise<unknown>): Promise<void> {
    await eachAtOnce(items, make);
  }

  /** CPU time and memory of control plane and Envoys. */
  usage(): { controllerCpuMs: number; controllerMb: number; envoyCpuMs: number; envoyMb: number } {
    const [controllers, envoys] = (["controller", "envoy"] as const).map((what) => this.cluster.processesOf(what));
    return {
      controllerCpuMs: cpuMs(controllers ?? []),
      controllerMb: memoryMb(controllers ?? []),
      envoyCpuMs: cpuMs(envoys ?? []),
      envoyMb: memoryMb(envoys ?? []),
    };
  }

  /** Waits until the control plane does next to nothing for half a second; goes on after a while when it never does. */
  async quiet(): Promise<void> {
    const pids = this.cluster.processesOf("controller");
    const end = performance.now() + quietLimitMs;
    for (let before = cpuMs(pids); performance.now() < end; ) {
      await sleep(quietWindowMs);
      const after = cpuMs(pids);
      if (after - before <= quietCpuMs) return;
      before = after;
    }
  }

  /** Removes the Gateway, waits until its Envoys' Deployment is gone, and removes everything else. */
  async remove(): Promise<void> {
    const { client } = this.cluster;
    await client.delete(resources.gateway, { namespace, name: gatewayName });
    const isGone = async (): Promise<boolean> => {
      const place = { namespace: systemNamespace, name: this.deployment };
      return client.get(resources.deployment, place).then(
        () => false,
        (error: unknown) => hasStatus(error, 404),
      );
    };
    await waitUntil(isGone, { limitMs: startLimitMs });
    await client.delete(resources.namespace, { name: namespace });
    await client.delete(resources.gatewayClass, { name: namespace });
  }
}

async function applyAll({ client }: LocalCluster, objects: readonly Placed[]): Promise<void> {
  const [first, ...rest] = objects;
  // A namespace goes before what is in it.
  if (first) await client.apply(first[0], first[1], { fieldManager: "bench" });
  await eachAtOnce(rest, ([resource, object]) => client.apply(resource, object, { fieldManager: "bench" }));
}

async function addressOf({ client }: LocalCluster): Promise<string> {
  let address: string | undefined;
  const hasAddress = async (): Promise<boolean> => {
    const gateway = await client.get<GatewayStatus>(resources.gateway, { namespace, name: gatewayName });
    address = gateway.status?.addresses?.[0]?.value;
    return address !== undefined;
  };
  await waitUntil(hasAddress, { limitMs: startLimitMs });
  if (address === undefined) throw new Error("the Gateway got no address");
  return address;
}

async function deploymentOf({ client }: LocalCluster): Promise<string> {
  const labelSelector = `gateway.envoyproxy.io/owning-gateway-name=${gatewayName}`;
  let name: string | undefined;
  // The Service may have an address before there are pods.
  const isThere = async (): Promise<boolean> => {
    const { items } = await client.list(resources.deployment, { namespace: systemNamespace, labelSelector });
    name = items[0]?.metadata.name;
    return name !== undefined;
  };
  await waitUntil(isThere, { limitMs: startLimitMs });
  if (name === undefined) throw new Error("the Gateway has no Deployment");
  return name;
}

async function eachAtOnce<T>(items: Iterable<T>, make: (item: T) => Promise<unknown>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await make(next.value);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (findProcess(pid)?.cpuMs ?? 0), 0);
}

function memoryMb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + residentMb(pid), 0);
}
