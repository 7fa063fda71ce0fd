/** Which requests are misdirected, against the rule as the specification words it, for any set of HTTPS listeners on a port. */
import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type KubeObject, keyOf } from "../../api/object.ts";
import { registry } from "../../features/kinds.ts";
import { VirtualHostSchema } from "../../gen/envoy/config/route/v3/route_components_pb.js";
import { admit } from "../../schema/admit.ts";
import { createAuthority, type KeyPair } from "../../xds/testing/certificates.ts";
import { defaultTranslationOptions } from "../options.ts";
import { Translation } from "../translation.ts";
import { coveringHostnames, covers, type Hostname } from "./hostnames.ts";

let pair: KeyPair;
beforeAll(async () => {
  pair = await (await createAuthority()).issue("a.test");
});

/** What comes of a request: the listener whose routes serve it, or the status it gets. */
type Verdict = Hostname | 404 | 421;

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function objects(hostnames: readonly Hostname[]): object[] {
  const group = "gateway.networking.k8s.io/v1";
  const named = hostnames.map((hostname, i) => ({ name: `l${i}`, ...(hostname === "*" ? {} : { hostname }) }));
  const metadata = (name: string) => ({ name, namespace: "default" });
  return [
    {
      apiVersion: group,
      kind: "GatewayClass",
      metadata: { name: "eg" },
      spec: { controllerName: defaultTranslationOptions.controllerName },
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: metadata("c"),
      type: "kubernetes.io/tls",
      data: { "tls.crt": base64(pair.cert), "tls.key": base64(pair.key) },
    },
    {
      apiVersion: group,
      kind: "Gateway",
      metadata: metadata("eg"),
      spec: {
        gatewayClassName: "eg",
        listeners: named.map((each) => ({
          ...each,
          port: 8443,
          protocol: "HTTPS",
          tls: { certificateRefs: [{ name: "c" }] },
        })),
      },
    },
    {
      apiVersion: group,
      kind: "HTTPRoute",
      metadata: metadata("all"),
      spec: { parentRefs: [{ name: "eg" }], rules: [{ matches: [{ path: { value: "/" } }] }] },
    },
  ];
}

/** Virtual hosts by domain: the listener that owns each, and whether connections of others are refused. */
function hostsFor(
  hostnames: readonly Hostname[],
): Map<Hostname, { readonly listener: Hostname; readonly isGuarded: boolean }> {
  const translation = new Translation(
    defaultTranslationOptions,
    registry.kinds.map(({ kind }) => kind),
  );
  for (const raw of objects(hostnames) as KubeObject[]) {
    const kind = registry.findKind(raw.apiVersion, raw.kind);
    const admitted = kind && admit(kind, raw);
    if (!admitted?.object) throw new Error(JSON.stringify(admitted?.issues));
    translation.write(raw.kind, keyOf(raw), admitted.object as KubeObject);
  }
  const hosts = translation.commit().xds.get("default/eg")?.virtualHost ?? [];
  return new Map(
    hosts.flatMap(({ value }) => {
      const host = value && fromBinary(VirtualHostSchema, value.bytes);
      const listener = /^default\/eg\/l(\d+)\//.exec(host?.name ?? "")?.[1];
      const domain = host?.domains[0];
      if (listener === undefined || domain === undefined) return [];
      return [
        [domain, { listener: hostnames[Number(listener)] ?? "", isGuarded: host?.matcher !== undefined }] as const,
      ];
    }),
  );
}

/** As Envoy goes about it: SNI chooses the chain, the host the virtual host. `undefined`: the connection is refused. */
function ours(hostnames: readonly Hostname[], serverName: string, host: string): Verdict | undefined {
  const chain = [...coveringHostnames(serverName)].find((name) => hostnames.includes(name));
  if (chain === undefined) return undefined;
  const hosts = hostsFor(hostnames);
  const domain = [...coveringHostnames(host)].find((name) => hosts.has(name));
  const found = domain === undefined ? undefined : hosts.get(domain);
  if (!found) return 404;
  return found.isGuarded && found.listener !== chain ? 421 : found.listener;
}

/** As the Gateway API words it, for a request that came in through `current`. */
function specified(hostnames: readonly Hostname[], current: Hostname, host: string): Verdict {
  const matching = hostnames.filter((name) => covers(name, host));
  const isMoreSpecific = (name: Hostname) => name !== current && covers(current, name);
  if (!matching.includes(current)) return matching.length > 0 ? 421 : 404;
  return matching.some(isMoreSpecific) ? 421 : current;
}

const label = fc.constantFrom("a", "b");
const name = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => [...labels, "test"].join("."));
const hostname = fc.oneof(
  name,
  name.map((suffix) => `*.${suffix}`),
  fc.constant("*"),
);

test("for any listeners, server name and host the answer is the specification's", () => {
  fc.assert(
    fc.property(fc.uniqueArray(hostname, { minLength: 1, maxLength: 6 }), name, name, (hostnames, serverName, host) => {
      const current = [...coveringHostnames(serverName)].find((candidate) => hostnames.includes(candidate));
      const wanted = current === undefined ? undefined : specified(hostnames, current, host);
      expect(ours(hostnames, serverName, host)).toEqual(wanted);
    }),
    { numRuns: 150 },
  );
});
