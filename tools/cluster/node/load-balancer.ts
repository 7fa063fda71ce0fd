/** Gives Services of type LoadBalancer an address, as a cloud's controller would; kube-proxy makes it work. */
import { setTimeout as sleep } from "node:timers/promises";
import { isIn, poolOf } from "../addresses.ts";
import type { ApiClient } from "../api-client.ts";

/** What is looked at in a Service. */
export interface Service {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly type?: string; readonly loadBalancerIP?: string; readonly loadBalancerClass?: string };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

export interface Assignment {
  readonly service: Service;
  readonly address: string;
}

/** Wait before a watch that broke off is taken up again. */
const retryMs = 1_000;

/**
 * Addresses for the Services that wait for one, in the order given. `spec.loadBalancerIP` is honoured where it lies in the range
 * and nobody has it; otherwise the Service goes on waiting. Services of another load-balancer class are left alone.
 */
export function assign(services: Iterable<Service>, range: string): Assignment[] {
  const candidates = [...services].filter(({ spec }) => spec.type === "LoadBalancer");
  const taken = new Set(candidates.flatMap((service) => addressesOf(service)));
  const assignments: Assignment[] = [];
  for (const service of candidates) {
    const { metadata, spec } = service;
    if (addressesOf(service).length > 0 || metadata.deletionTimestamp || spec.loadBalancerClass) continue;
    const isFree = (address: string): boolean => !taken.has(address);
    const wanted = spec.loadBalancerIP ? [spec.loadBalancerIP].filter((ip) => isIn(range, ip)) : poolOf(range);
    const address = wanted.find(isFree);
    if (address === undefined) continue;
    taken.add(address);
    assignments.push({ service, address });
  }
  return assignments;
}

/** Watches Services for ever; trouble with the API server is logged and waited out. */
export async function runLoadBalancer(api: ApiClient, range: string, log: (text: string) => void): Promise<never> {
  for (;;) {
    try {
      await watchServices(api, range, log);
    } catch (error) {
      log(`${error instanceof Error ? error.message : String(error)}; trying again`);
    }
    await sleep(retryMs);
  }
}

async function watchServices(api: ApiClient, range: string, log: (text: string) => void): Promise<void> {
  const list = await api.get<{ metadata: { resourceVersion: string }; items: Service[] }>("/api/v1/services");
  const services = new Map(list.items.map((service) => [keyOf(service), service]));
  await giveAddresses(api, services, range, log);
  const from = `watch=1&resourceVersion=${list.metadata.resourceVersion}`;
  for await (const { type, object } of api.watch<Service>(`/api/v1/services?${from}`)) {
    if (type === "ERROR") return;
    if (type === "DELETED") services.delete(keyOf(object));
    else services.set(keyOf(object), object);
    await giveAddresses(api, services, range, log);
  }
}

async function giveAddresses(
  api: ApiClient,
  services: Map<string, Service>,
  range: string,
  log: (text: string) => void,
): Promise<void> {
  for (const { service, address } of assign(services.values(), range)) {
    const { namespace, name } = service.metadata;
    const status = { loadBalancer: { ingress: [{ ip: address }] } };
    try {
      await api.patch(`/api/v1/namespaces/${namespace}/services/${name}/status`, { status });
    } catch (error) {
      // Most often it is gone by now, which the watch tells next.
      log(`${namespace}/${name}: ${error instanceof Error ? error.message : String(error)}`);
      continue;
    }
    services.set(keyOf(service), { ...service, status });
    log(`${namespace}/${name} has ${address}`);
  }
}

function addressesOf({ status }: Service): string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
}

function keyOf({ metadata }: Service): string {
  return `${metadata.namespace}/${metadata.name}`;
}
