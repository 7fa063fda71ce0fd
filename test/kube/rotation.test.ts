/**
 * What clients notice when the certificates between control plane and Envoys are renewed in a real cluster, under load. Needs root,
 * Linux and Go. TEST_CLUSTER is the number of a local cluster to use; one that is there stays. GATEWAY_IMAGE is an image that its node
 * has; without it a new one is made. Most of the time passes until the kubelet brings changed Secrets to the pods.
 */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Load } from "../../bench/http/load.ts";
import { probe } from "../../bench/http/probe.ts";
import { LocalCluster } from "../../bench/kube/cluster.ts";
import { GatewayInCluster } from "../../bench/kube/gateway.ts";
import { install } from "../../bench/kube/install.ts";
import { resources, routeObject, systemNamespace } from "../../bench/kube/objects.ts";
import { restart } from "../../bench/kube/rollout.ts";
import { parseBundle } from "../../src/certificates/inspect.ts";
import { type CertificateFiles, type CertificateName, certificateNames } from "../../src/certificates/layout.ts";
import { namesInCluster } from "../../src/server/kubernetes/certificate-secrets.ts";
import { type CertificateWithKey, makeCertificate } from "../e2e/harness/tls.ts";
import { until } from "./harness/api-server.ts";
import { expectNothingNoticed } from "./harness/nothing-noticed.ts";
import { kinds } from "./harness/objects.ts";

/** Longer than kubelets take to bring a changed Secret to a pod. */
const mountLimitMs = 180_000;
const xdsPort = 18000;
/** Requests a second. */
const rate = 100;
const hostOf = (name: string): string => `${name}.rotation.test`;

let cluster: LocalCluster;
let gateway: GatewayInCluster;
let image: string;
let authority: CertificateWithKey;
let load: Load | undefined;

beforeAll(async () => {
  cluster = await LocalCluster.open(Number(process.env["TEST_CLUSTER"] ?? "8"));
  authority = await makeCertificate({ names: ["people's own"] });
  await cluster.client.apply(kinds.namespace, { metadata: { name: systemNamespace } }, { fieldManager: "test" });
  await renewLeaves();
  image = await install(cluster, { image: process.env["GATEWAY_IMAGE"] });
  // One that was there before may have read others.
  await restart(cluster.client, "envoy-gateway");
  gateway = await GatewayInCluster.start(cluster, 2);
  await cluster.client.create(resources.route, routeObject("steady", hostOf("steady"), 0));
  await served("steady", "b0");
});
afterAll(async () => {
  await gateway?.remove();
  await cluster?.close();
});

beforeEach(() => {
  const target = { host: hostOf("steady"), path: "/", bodies: ["b0"] };
  load = new Load({ ...gateway.at, targets: [target], rate, connections: 10 });
});
afterEach(async () => {
  await load?.stop();
});

/** Puts new certificates of people's own authority into the Secrets, as a certificate manager does. */
async function renewLeaves(): Promise<void> {
  for (const name of certificateNames) {
    const names = namesInCluster(name, systemNamespace, "cluster.local");
    const { cert, key } = await makeCertificate({ names, type: "RSA", issuer: authority });
    const files: CertificateFiles = { "ca.crt": authority.cert, "tls.crt": cert, "tls.key": key };
    const data = Object.fromEntries(Object.entries(files).map(([file, text]) => [file, btoa(text)]));
    const secret = { metadata: { namespace: systemNamespace, name }, type: "kubernetes.io/tls", data };
    await cluster.client.apply(kinds.secret, secret, { fieldManager: "test", force: true });
  }
}

async function secretFile(name: CertificateName, file: keyof CertificateFiles): Promise<string> {
  const { data } = await cluster.client.get<{ data: CertificateFiles }>(kinds.secret, {
    namespace: systemNamespace,
    name,
  });
  return Buffer.from(data[file], "base64").toString("utf8");
}

/** Fingerprint of the certificate that the control plane shows to who connects now. */
async function shown(): Promise<string | undefined> {
  const labelSelector = "control-plane=envoy-gateway";
  const { items } = await cluster.client.list(resources.pod, { namespace: systemNamespace, labelSelector });
  const { podIP = "" } = (items[0]?.["status"] ?? {}) as { podIP?: string };
  return new Promise((resolve, reject) => {
    const socket = connect({ host: podIP, port: xdsPort, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** Waits until both sides have the files of the Secrets, and the control plane uses them. */
async function pickedUp(): Promise<void> {
  const certificate = new X509Certificate(await secretFile("envoy-gateway", "tls.crt"));
  const ofEnvoy = await secretFile("envoy", "tls.crt");
  await until(async () => (await shown()) === certificate.fingerprint256, mountLimitMs);
  await until(
    () =>
      cluster.processesOf("envoy").every((pid) => readFileSync(`/proc/${pid}/root/certs/tls.crt`, "utf8") === ofEnvoy),
    mountLimitMs,
  );
}

/** Ids of everything that must not be started anew. */
const running = (): readonly number[] => [...cluster.processesOf("controller"), ...cluster.processesOf("envoy")].sort();

async function served(name: string, body: string): Promise<void> {
  await until(async () => (await probe(gateway.at, hostOf(name), "/", 1_000)).body === body);
}

async function newRouteIsServed(name: string): Promise<void> {
  await cluster.client.create(resources.route, routeObject(name, hostOf(name), 1));
  await served(name, "b1");
}

/** An Envoy gets ready only with a configuration, which it has from the control plane. */
async function newEnvoyGetsReady(): Promise<void> {
  const former = cluster.processesOf("envoy");
  await restart(cluster.client, gateway.deployment);
  await until(() => cluster.processesOf("envoy").every((pid) => !former.includes(pid)));
}

async function expectLoadUnharmed(): Promise<void> {
  const result = await load?.stop();
  load = undefined;
  expectNothingNoticed(result, rate);
}

test("new certificates of the same authority are used without a restart, and no request fails", async () => {
  const before = running();
  await renewLeaves();
  await newRouteIsServed("leaves-renewed");
  await pickedUp();
  await newRouteIsServed("leaves-used");
  expect(running()).toEqual(before);
  await newEnvoyGetsReady();
  await newRouteIsServed("leaves-new-envoy");
  await expectLoadUnharmed();
});

test("certgen's Job with --overwrite replaces the authority without a restart, and no request fails", async () => {
  const before = running();
  await install(cluster, { image, helmArguments: ["--set", "certgen.job.args={--overwrite}"] });
  const [fresh, former, ...others] = parseBundle(await secretFile("envoy", "ca.crt"));
  expect(fresh?.subject).toBe("CN=envoy-gateway");
  expect(former?.fingerprint256).toBe(new X509Certificate(authority.cert).fingerprint256);
  expect(others).toEqual([]);
  await newRouteIsServed("authority-replaced");
  await pickedUp();
  await newRouteIsServed("authority-used");
  expect(running()).toEqual(before);

  // Envoys that run since before must connect anew, and know the control plane by its new authority.
  for (const pid of cluster.processesOf("controller")) process.kill(pid, "SIGKILL");
  await newRouteIsServed("authority-new-control-plane");
  await newEnvoyGetsReady();
  await newRouteIsServed("authority-new-envoy");
  await expectLoadUnharmed();
});
