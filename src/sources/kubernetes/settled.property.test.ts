import fc from "fast-check";
import { test } from "vitest";
import type { KubernetesWatchMode } from "../../api/v1alpha1/envoygateway/kubernetes-provider.ts";
import type { AnyObject } from "../../kube/client.ts";
import {
  eventually,
  type Followed,
  follow,
  gateways,
  namespaces,
  routes,
  secrets,
  serve,
  slices,
} from "./testing/followed-server.ts";
import {
  backendSteps,
  connectionSteps,
  Delays,
  end,
  key,
  name,
  place,
  type Step,
  sliceOf,
  takeTurns,
} from "./testing/steps.ts";

const ofTeam: KubernetesWatchMode = { type: "NamespaceSelector", namespaceSelector: { matchLabels: { team: "a" } } };

function routeTo(namespace: string, called: string, backend: string, of: string): AnyObject {
  const backendRefs = [{ name: backend, namespace: of, port: 80 }];
  return { metadata: { name: called, namespace }, spec: { rules: [{ backendRefs }] } };
}

function gatewayWith(namespace: string, secret: string): AnyObject {
  const tls = { certificateRefs: [{ name: secret }] };
  const listeners = [{ name: "https", port: 443, protocol: "HTTPS", tls }];
  return { metadata: { name: "eg", namespace }, spec: { gatewayClassName: "eg", listeners } };
}

const objectSteps: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(place, name, name, place).map((parts) => (server) => void server.put(routes, routeTo(...parts))),
  fc.tuple(place, name).map((parts) => (server) => void server.put(gateways, gatewayWith(...parts))),
  ...backendSteps,
  fc.tuple(place, name, name, end).map((parts) => (server) => void server.put(slices, sliceOf(...parts))),
  fc.tuple(place, name, end).map(([namespace, called, value]) => (server) => {
    server.put(secrets, { metadata: { name: called, namespace }, data: { value: btoa(String(value)) } });
  }),
  fc.tuple(fc.constantFrom(routes, secrets), key).map(
    ([resource, of]) =>
      (server) =>
        server.remove(resource, of),
  ),
  place.map((namespace) => (server) => server.remove(gateways, `${namespace}/eg`)),
];

const namespaceSteps: readonly fc.Arbitrary<Step>[] = [
  fc.tuple(place, fc.constantFrom("a", "b")).map(([namespace, team]) => (server) => {
    server.put(namespaces, { metadata: { name: namespace, labels: { team } } });
  }),
  place.map((namespace) => (server) => server.remove(namespaces, namespace)),
];

/** A step, and whether the process has its turn after it. */
const steps = fc.array(
  fc.tuple(
    fc.oneof(
      { weight: 5, arbitrary: fc.oneof(...objectSteps) },
      { weight: 2, arbitrary: fc.oneof(...namespaceSteps) },
      { weight: 3, arbitrary: fc.oneof(...connectionSteps) },
    ),
    fc.nat(3),
  ),
  { minLength: 5, maxLength: 60 },
);

/** What was handed over and not taken back. */
function handedOver({ batches }: Followed): Readonly<Record<string, unknown>> {
  const objects = new Map<string, unknown>();
  for (const { kind, key: of, object } of batches.flatMap(({ changes }) => changes)) {
    if (object) objects.set(`${kind} ${of}`, object);
    else objects.delete(`${kind} ${of}`);
  }
  return Object.fromEntries([...objects].sort(([a], [b]) => (a < b ? -1 : 1)));
}

test("whatever happens in whatever order, what was handed over in the end is what a source that starts then hands over", async () => {
  const property = fc.asyncProperty(steps, fc.constantFrom(undefined, ofTeam), async (all, watch) => {
    const server = await serve([routes, gateways]);
    const delays = new Delays();
    for (const namespace of ["shop", "pay"]) {
      server.put(namespaces, { metadata: { name: namespace, labels: { team: "a" } } });
    }
    const followed = follow(server, watch);
    await followed.started;
    server.delay = () => delays.next();
    for (const [step, turns] of all) {
      step(server, delays);
      await takeTurns(turns);
    }
    delays.end();
    server.hurry();
    const fresh = follow(server, watch);
    await fresh.started;
    await eventually(() => handedOver(followed)).toEqual(handedOver(fresh));
    await followed.source.stop();
    await fresh.source.stop();
    await server.close();
  });
  await fc.assert(property, { numRuns: 30, endOnFailure: true });
}, 120_000);
