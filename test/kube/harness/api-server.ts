import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { registry } from "../../../src/features/kinds.ts";
import { KubeClient } from "../../../src/kube/client.ts";
import { loadKubeConfig } from "../../../src/kube/config.ts";
import type { KubeResource } from "../../../src/kube/resource.ts";
import { toCRD } from "../../../src/schema/crd.ts";
import type { KindSchema } from "../../../src/schema/kind.ts";
import { freePorts } from "../../../src/testing/free-ports.ts";
import { buildParts, programOf } from "../../../tools/cluster/build/build.ts";
import { type Part, parts } from "../../../tools/cluster/build/parts.ts";

/** Groups that Kubernetes guards ask for it. */
const approved = { "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/gateway-api" };

export const definitions: KubeResource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  isNamespaced: false,
};

/** Kinds that Kubernetes does not have of itself. */
const customKinds: readonly KindSchema[] = registry.kinds.filter(
  ({ group, ignored }) => ignored !== true && /gateway\.(networking|envoyproxy)/.test(group),
);

/** A user of the API server with the token that bears its name; `admin` may everything, others what they are given. */
export type UserName = "admin" | "controller";

/**
 * A real kube-apiserver with a real etcd, as processes of their own with nothing around them: no kubelet, no controllers. It can be killed
 * and started again at the same address with the same objects. Needs what `make create-cluster` builds, and builds it if it is not there.
 */
export class KubeApiServer {
  readonly folder: string;
  readonly port: number;
  readonly #etcdPort: number;
  readonly #etcdPeerPort: number;
  readonly #clients: KubeClient[] = [];
  #etcd: ChildProcess | undefined;
  #process: ChildProcess | undefined;

  private constructor([port = 0, etcdPort = 0, etcdPeerPort = 0]: readonly number[]) {
    this.folder = mkdtempSync(join(tmpdir(), "eg-kube-"));
    this.port = port;
    this.#etcdPort = etcdPort;
    this.#etcdPeerPort = etcdPeerPort;
  }

  /** Starts one with the definitions of all our kinds, or of those that `isInstalled` picks. */
  static async start(isInstalled: (kind: string) => boolean = () => true): Promise<KubeApiServer> {
    await buildParts([partOf("kubernetes"), partOf("etcd")]);
    const server = new KubeApiServer(await freePorts(3));
    server.#writeCredentials();
    server.#startEtcd();
    await server.up();
    await server.install(isInstalled);
    return server;
  }

  /** A client of a user; closed with the server. */
  client(user: UserName = "admin"): KubeClient {
    const client = new KubeClient(loadKubeConfig({ env: {}, path: this.kubeconfig(user) }));
    this.#clients.push(client);
    return client;
  }

  kubeconfig(user: UserName = "admin"): string {
    return join(this.folder, `${user}.kubeconfig`);
  }

  /** Starts the API server and waits until it is ready. */
  async up(): Promise<void> {
    const path = (name: string): string => join(this.folder, name);
    this.#process = this.#spawn(programOf(partOf("kubernetes"), "kubernetes"), "kube-apiserver", [
      `--etcd-servers=http://127.0.0.1:${this.#etcdPort}`,
      `--secure-port=${this.port}`,
      "--bind-address=127.0.0.1",
      `--cert-dir=${path("serving")}`,
      `--token-auth-file=${path("tokens.csv")}`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.0.0.0/24",
      "--disable-admission-plugins=ServiceAccount",
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      `--service-account-signing-key-file=${path("tokens.key")}`,
      `--service-account-key-file=${path("tokens.pub")}`,
    ]);
    await this.#ready();
  }

  /** Ends the API server without giving it time for anything. */
  async kill(): Promise<void> {
    await end(this.#process);
    this.#process = undefined;
  }

  /** Installs the definitions of kinds and waits until they are served. */
  async install(isInstalled: (kind: string) => boolean): Promise<void> {
    const client = this.client();
    for (const kind of customKinds.filter((candidate) => isInstalled(candidate.kind))) {
      const annotations = kind.group.endsWith("k8s.io") ? approved : undefined;
      await client.apply(definitions, { ...toCRD(kind, annotations) } as never, { fieldManager: "test" });
    }
    for (const kind of customKinds.filter((candidate) => isInstalled(candidate.kind))) {
      const version = kind.versions.find(({ served }) => served)?.name ?? "v1";
      const resource = { ...kind, version, isNamespaced: kind.scope === "Namespaced" };
      await until(() => client.list(resource, { limit: 1 }).then(() => true));
    }
  }

  /** Removes the definition of a kind, and all objects with it. */
  async uninstall(kind: string): Promise<void> {
    const found = customKinds.find((candidate) => candidate.kind === kind);
    await this.client().delete(definitions, { name: `${found?.plural}.${found?.group}` });
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await end(this.#process);
    await end(this.#etcd);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What the API server wrote last, for a test that failed. */
  log(): string {
    return readFileSync(join(this.folder, "kube-apiserver.log"), "utf8").slice(-4_000);
  }

  #startEtcd(): void {
    const [client, peer] = [this.#etcdPort, this.#etcdPeerPort].map((port) => `http://127.0.0.1:${port}`);
    this.#etcd = this.#spawn(programOf(partOf("etcd"), "etcd"), "etcd", [
      `--data-dir=${join(this.folder, "etcd")}`,
      "--unsafe-no-fsync",
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
    ]);
  }

  #spawn(program: string, name: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.folder, `${name}.log`), "a");
    // Kubernetes' programs are one, which looks at the name by which it is called.
    return spawn(program, args, { argv0: name, stdio: ["ignore", log, log] });
  }

  #writeCredentials(): void {
    const write = (name: string, text: string): void => writeFileSync(join(this.folder, name), text, { mode: 0o600 });
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    write("tokens.key", privateKey.export({ type: "pkcs8", format: "pem" }).toString());
    write("tokens.pub", publicKey.export({ type: "spki", format: "pem" }).toString());
    write("tokens.csv", 'admin-token,admin,admin,"system:masters"\ncontroller-token,controller,controller\n');
    mkdirSync(join(this.folder, "serving"));
    for (const user of ["admin", "controller"]) {
      const config = {
        "current-context": "test",
        contexts: [{ name: "test", context: { cluster: "test", user } }],
        clusters: [
          { name: "test", cluster: { server: `https://127.0.0.1:${this.port}`, "insecure-skip-tls-verify": true } },
        ],
        users: [{ name: user, user: { token: `${user}-token` } }],
      };
      write(`${user}.kubeconfig`, JSON.stringify(config));
    }
  }

  async #ready(): Promise<void> {
    const client = this.client();
    await until(async () => {
      if (this.#process?.exitCode !== null) throw new Error(`kube-apiserver has ended:\n${this.log()}`);
      return (await client.text({ method: "GET", path: "/readyz" })) === "ok";
    });
  }
}

function partOf(name: string): Part {
  const part = parts.find((candidate) => candidate.name === name);
  if (!part) throw new Error(`there is no part ${name}`);
  return part;
}

/** Waits up to a minute, or as long as is said, until `check` is true; what it rejects with counts as false, but for the last time. */
export async function until(check: () => Promise<boolean> | boolean, limitMs = 60_000): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    try {
      if (await check()) return;
    } catch (error) {
      if (performance.now() > deadline || (error as Error).message.startsWith("kube-apiserver has ended")) throw error;
    }
    if (performance.now() > deadline) throw new Error(`it did not come about within ${limitMs / 1_000} s`);
    await sleep(50);
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}
