import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { KubernetesWatchMode } from "../../src/api/v1alpha1/envoygateway/kubernetes-provider.ts";
import { issueCertificates } from "../../src/certificates/issue.ts";
import { registry } from "../../src/features/kinds.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { admit } from "../../src/schema/admit.ts";
import { createKubernetesSource, type KubernetesSource } from "../../src/sources/kubernetes/kubernetes-source.ts";
import type { SourceBatch, SourceProblem } from "../../src/sources/source.ts";
import { KubeApiServer, type UserName } from "./harness/api-server.ts";
import { kinds, namespace, route, service, slice } from "./harness/objects.ts";

let server: KubeApiServer;
let admin: KubeClient;
const running: KubernetesSource[] = [];

beforeAll(async () => {
  server = await KubeApiServer.start((kind) => kind !== "TCPRoute");
  admin = server.client();
  for (const name of ["shop", "other"]) await admin.create(kinds.namespace, namespace(name));
}, 600_000);
afterAll(() => server?.stop());

afterEach(async () => {
  for (const source of running.splice(0)) await source.stop();
  for (const ns of ["shop", "other"]) {
    for (const resource of [kinds.route, kinds.service, kinds.slice, kinds.secret]) {
      for (const { metadata } of (await admin.listAll(resource, { namespace: ns })).items) {
        await admin.delete(resource, { namespace: ns, name: metadata.name });
      }
    }
  }
});

function follow(options: { watch?: KubernetesWatchMode; user?: UserName } = {}) {
  const batches: SourceBatch[] = [];
  const waiting: SourceProblem[] = [];
  const source = createKubernetesSource({
    client: server.client(options.user),
    registry,
    admit,
    watch: options.watch,
    namespace: "envoy-gateway-system",
    onWaiting: (problems) => void waiting.push(...problems),
  });
  running.push(source);
  const present = (...wanted: string[]): string[] => {
    const objects = new Set<string>();
    for (const { kind, key, object } of batches.flatMap(({ changes }) => changes)) {
      if (!wanted.includes(kind)) continue;
      if (object) objects.add(`${kind} ${key}`);
      else objects.delete(`${kind} ${key}`);
    }
    return [...objects].sort();
  };
  const problems = () => batches.findLast((batch) => batch.problems !== undefined)?.problems ?? [];
  return { batches, waiting, present, problems, started: source.start((batch) => void batches.push(batch)) };
}

const eventually = (check: () => unknown) => expect.poll(check, { timeout: 30_000, interval: 20 });

test("objects are followed as they come, change and go, with the Services and endpoints they refer to", async () => {
  await admin.create(kinds.service, service("web", "shop"));
  await admin.create(kinds.service, service("unused", "shop"));
  await admin.create(kinds.slice, slice("web-1", "web", "10.0.0.1", "shop"));
  await admin.create(kinds.route, route("a", "web", "shop"));
  const { started, present } = follow();
  await started;
  const web = ["EndpointSlice shop/web-1", "HTTPRoute shop/a", "Service shop/web"];
  expect(present("EndpointSlice", "HTTPRoute", "Service")).toEqual(web);
  await admin.create(kinds.route, route("b", "none", "shop"));
  await eventually(() => present("HTTPRoute")).toEqual(["HTTPRoute shop/a", "HTTPRoute shop/b"]);
  await admin.delete(kinds.route, { namespace: "shop", name: "a" });
  await eventually(() => present("EndpointSlice", "HTTPRoute", "Service")).toEqual(["HTTPRoute shop/b"]);
});

test("six hundred routes come in two pages, and writing their statuses sets nothing off", async () => {
  const names = Array.from({ length: 600 }, (_, i) => `r${i}`);
  for (let i = 0; i < names.length; i += 50) {
    await Promise.all(names.slice(i, i + 50).map((name) => admin.create(kinds.route, route(name, "web", "shop"))));
  }
  const { started, present, batches } = follow();
  await started;
  expect(present("HTTPRoute")).toHaveLength(600);
  const status = { status: { parents: [] } };
  await admin.patch(kinds.route, { namespace: "shop", name: "r0", subresource: "status" }, "merge", status);
  await admin.create(kinds.route, route("last", "web", "shop"));
  await eventually(() => present("HTTPRoute")).toContain("HTTPRoute shop/last");
  expect(batches.slice(1).flatMap(({ changes }) => changes.map(({ key }) => key))).toEqual(["shop/last"]);
});

test("when the API server is killed everything stays; when it is back, what happened meanwhile is made up for", async () => {
  await admin.create(kinds.route, route("a", "web", "shop"));
  await admin.create(kinds.route, route("b", "web", "shop"));
  const { started, present, problems, batches } = follow();
  await started;
  await server.kill();
  await eventually(() => problems().map(({ code }) => code)).toContain("ApiServerUnreachable");
  expect(present("HTTPRoute")).toEqual(["HTTPRoute shop/a", "HTTPRoute shop/b"]);
  await server.up();
  await admin.delete(kinds.route, { namespace: "shop", name: "a" });
  await admin.create(kinds.route, route("c", "web", "shop"));
  await eventually(() => present("HTTPRoute")).toEqual(["HTTPRoute shop/b", "HTTPRoute shop/c"]);
  await eventually(() => problems().map(({ code }) => code)).not.toContain("ApiServerUnreachable");
  const gone = batches.flatMap(({ changes }) => changes).filter(({ object }) => object === undefined);
  expect(gone.map(({ key }) => key)).toEqual(["shop/a"]);
});

test("a kind whose definition is installed while it runs is followed, and forgotten with its definition", async () => {
  const { started, present, problems } = follow();
  await started;
  const missing = () =>
    problems().filter(({ code, message }) => code === "MissingKind" && message.includes("TCPRoute"));
  expect(missing()).toHaveLength(1);
  await server.install((kind) => kind === "TCPRoute");
  const tcp = { ...kinds.route, plural: "tcproutes", kind: "TCPRoute" };
  const version = registry.kindByName("TCPRoute")?.versions.find(({ served }) => served)?.name ?? "v1";
  const rules = [{ backendRefs: [{ name: "web", port: 80 }] }];
  await admin.create({ ...tcp, version }, { metadata: { name: "t", namespace: "shop" }, spec: { rules } });
  await eventually(() => present("TCPRoute")).toEqual(["TCPRoute shop/t"]);
  expect(missing()).toEqual([]);
  await server.uninstall("TCPRoute");
  await eventually(() => present("TCPRoute")).toEqual([]);
  await eventually(missing).toHaveLength(1);
});

test("namespaces are chosen by name or by labels that change", async () => {
  for (const ns of ["shop", "other"]) await admin.create(kinds.route, route("r", "web", ns));
  const named = follow({ watch: { type: "Namespaces", namespaces: ["other"] } });
  await named.started;
  expect(named.present("HTTPRoute")).toEqual(["HTTPRoute other/r"]);
  const namespaceSelector = { matchLabels: { team: "a" } };
  const labelled = follow({ watch: { type: "NamespaceSelector", namespaceSelector } });
  await labelled.started;
  expect(labelled.present("HTTPRoute")).toEqual([]);
  await admin.patch(kinds.namespace, { name: "shop" }, "merge", { metadata: { labels: { team: "a" } } });
  await eventually(() => labelled.present("HTTPRoute")).toEqual(["HTTPRoute shop/r"]);
  await admin.patch(kinds.namespace, { name: "shop" }, "merge", { metadata: { labels: { team: null } } });
  await eventually(() => labelled.present("HTTPRoute")).toEqual([]);
});

test("what the role does not permit is told with verb and resource, and the start goes on when it does", async () => {
  const { started, waiting, batches } = follow({ user: "controller" });
  await eventually(() => waiting.map(({ message }) => message)).toContainEqual(
    expect.stringContaining("may not list, watch on httproutes.gateway.networking.k8s.io in the whole cluster"),
  );
  expect(batches).toEqual([]);
  const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }];
  await admin.create(kinds.role, { metadata: { name: "reader" }, rules });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" };
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "controller" }];
  await admin.create(kinds.binding, { metadata: { name: "reader" }, roleRef, subjects });
  await started;
  expect(batches).toHaveLength(1);
});

test("a ClusterTrustBundle has the colons of its signer in its name, which is no problem", async () => {
  const name = "kubernetes.io:kube-apiserver-serving:one";
  const { authority: trustBundle } = await issueCertificates({ now: new Date(), dnsNames: () => ["example.com"] });
  await admin.create(kinds.trustBundle, {
    metadata: { name },
    spec: { signerName: "kubernetes.io/kube-apiserver-serving", trustBundle },
  });
  const { started, present, problems } = follow();
  await started;
  expect(present("ClusterTrustBundle")).toEqual([`ClusterTrustBundle ${name}`]);
  expect(problems().filter(({ severity }) => severity !== "info")).toEqual([]);
});
