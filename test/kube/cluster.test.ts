/** The local cluster from creation to deletion, with pods in it. Needs what `make create-cluster` needs: root and Linux. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addressesOf } from "../../tools/cluster/addresses.ts";
import { echoImages } from "../../tools/cluster/image-names.ts";
import { findNode } from "../../tools/cluster/node/namespaces.ts";
import { binFolder, filesOf } from "../../tools/cluster/paths.ts";
import { root } from "../../tools/lint/check.ts";

// Not the number that people use.
const addresses = addressesOf(9);
const files = filesOf(addresses.number);
const envoyName = "docker.io/envoyproxy/envoy:cluster-test";

function run(program: string, ...args: string[]): string {
  const ended = spawnSync(program, args, { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  if (ended.status !== 0) throw new Error(`${[program, ...args].join(" ")}: ${ended.stderr}${ended.stdout}`);
  return ended.stdout;
}
const cluster = (command: string, ...args: string[]): string =>
  run(process.execPath, "tools/cluster/cluster.ts", command, "--number", String(addresses.number), ...args);
const kubectl = (...args: string[]): string =>
  run(join(binFolder, "kubectl"), "--kubeconfig", files.kubeconfig, ...args);
const read = (object: string, path: string): string => kubectl("get", object, "--output", `jsonpath={${path}}`);

/** The echo backend's answer, as soon as there is one: proxies and routes follow objects a moment later. */
async function ask(address: string, port: number): Promise<{ namespace: string; pod: string }> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await new Promise((resolve, reject) => {
        const sent = get({ host: address, port, path: "/", timeout: 2_000 }, async (answer) => {
          let text = "";
          for await (const chunk of answer) text += chunk;
          resolve(JSON.parse(text));
        });
        sent.on("timeout", () => sent.destroy(new Error("no answer")));
        sent.on("error", reject);
      });
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(200);
    }
  }
}

interface Traces {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly interfaces: readonly string[];
  readonly routes: readonly string[];
  readonly cgroups: readonly string[];
  readonly folder: boolean;
}

/** The node's, while it runs. Pods have their own, and a cgroup that goes only with their last process. */
let nodeNamespace = "";

/** What there is of the cluster on the machine, files apart. */
function traces(): Traces {
  const lines = (program: string, ...args: string[]): string[] =>
    run(program, ...args)
      .split("\n")
      .filter((line) => line.includes(addresses.interface) || line.includes(files.folder));
  const hierarchies = ["", ...readdirSync("/sys/fs/cgroup")].map((name) =>
    join("/sys/fs/cgroup", name, addresses.cgroup),
  );
  return {
    processes: readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => processNamespace(pid) === nodeNamespace),
    mounts: readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .filter((line) => line.includes(files.folder)),
    interfaces: lines("ip", "-brief", "link"),
    routes: lines("ip", "route"),
    cgroups: hierarchies.filter(existsSync),
    folder: existsSync(files.folder),
  };
}

/** The namespace of process ids that a process of this machine is in; nothing when it has just ended. */
function processNamespace(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return "";
  }
}

const rules = (): string => spawnSync("nft", ["list", "ruleset"], { encoding: "utf8" }).stdout;
const rulesBefore = rules();
const forwardBefore = readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8");
const nothing = { processes: [], mounts: [], interfaces: [], routes: [], cgroups: [], folder: false };

const labels = { app: "echo" };
const env = [
  { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
];
const echo = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "echo" },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [{ name: "echo", image: echoImages[0], env, ports: [{ containerPort: 3000 }] }],
      },
    },
  },
};
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "echo" },
  spec: { type: "LoadBalancer", selector: labels, ports: [{ port: 8080, targetPort: 3000 }] },
};
const envoy = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "envoy" },
  spec: {
    securityContext: { runAsNonRoot: true },
    containers: [
      {
        name: "envoy",
        image: envoyName,
        args: ["--config-yaml", "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 19000}}}"],
        securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      },
    ],
  },
};

function apply(...objects: object[]): void {
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
  const args = ["--kubeconfig", files.kubeconfig, "apply", "--filename", "-"];
  const ended = spawnSync(join(binFolder, "kubectl"), args, { input, encoding: "utf8" });
  expect(ended.stderr).toBe("");
}

beforeAll(() => {
  cluster("up");
  apply(echo, service);
  kubectl("rollout", "status", "deployment/echo", "--timeout=120s");
}, 3_600_000);
afterAll(() => void cluster("down"));

test("a second creation changes nothing", () => {
  const node = findNode(addresses.number);
  expect(node).toBeDefined();
  expect(cluster("up")).toContain("envoy-gateway-9 is there");
  expect(findNode(addresses.number)).toEqual(node);
  expect(read("deployment/echo", ".status.readyReplicas")).toBe("2");
});

test("pods answer at their own addresses, the Service's and the load balancer's, from the machine", async () => {
  const pods = kubectl("get", "pods", "--selector=app=echo", "--output=jsonpath={.items[*].status.podIP}").split(" ");
  for (const pod of pods) expect((await ask(pod, 3000)).namespace).toBe("default");
  expect((await ask(read("service/echo", ".spec.clusterIP"), 8080)).pod).toMatch(/^echo-/);
  let balancer = "";
  while (balancer === "") balancer = read("service/echo", ".status.loadBalancer.ingress[0].ip");
  expect(balancer).toBe("10.179.0.10");
  expect((await ask(balancer, 8080)).pod).toMatch(/^echo-/);
});

test("an image that is loaded runs without rights and on a read-only root; exec, logs and port-forward reach it", async () => {
  const output = join(tmpdir(), `cluster-test-${process.pid}`);
  run(process.execPath, "tools/image/image.ts", "envoy", "--envoy-name", envoyName, "--output", output);
  cluster("load", join(output, "envoy.tar"));
  run("rm", "-r", output);
  apply(envoy);
  kubectl("wait", "pod/envoy", "--for=condition=Ready", "--timeout=60s");
  expect(kubectl("exec", "envoy", "--", "envoy", "--version")).toContain("/RELEASE/BoringSSL");
  expect(kubectl("logs", "envoy")).toContain("starting main dispatch loop");
  const forward: ChildProcess = spawn(
    join(binFolder, "kubectl"),
    ["--kubeconfig", files.kubeconfig, "port-forward", "service/echo", ":8080"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    if (!forward.stdout) throw new Error("no output to read");
    for await (const line of createInterface({ input: forward.stdout })) {
      const port = Number(/127\.0\.0\.1:(\d+) ->/.exec(line)?.[1]);
      if (Number.isNaN(port)) continue;
      expect((await ask("127.0.0.1", port)).pod).toMatch(/^echo-/);
      break;
    }
  } finally {
    forward.kill();
  }
});

test("an API server that is killed comes back with everything it knew", async () => {
  expect(cluster("exec", "--", "sh", "-c", "kill -9 $(pidof kube-apiserver)")).toBe("");
  const isBack = (): boolean => {
    const args = ["--kubeconfig", files.kubeconfig, "get", "deployment/echo", "--request-timeout=2s"];
    return spawnSync(join(binFolder, "kubectl"), args).status === 0;
  };
  await sleep(500);
  while (!isBack()) await sleep(200);
  expect(readFileSync(join(files.logs, "kube-apiserver.log"), "utf8")).toContain(
    "was ended by SIGKILL; it is started again",
  );
});

test("nothing of the cluster is left after its deletion, and the machine's firewall is what it was", () => {
  nodeNamespace = processNamespace(String(findNode(addresses.number)?.pid));
  // Its mounts are never seen on the machine, not even while it runs.
  const { mounts, ...rest } = traces();
  expect(mounts).toEqual([]);
  for (const some of Object.values(rest)) expect(some).not.toEqual([]);
  cluster("down");
  expect(traces()).toEqual(nothing);
  expect(rules()).toBe(rulesBefore);
  expect(readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8")).toBe(forwardBefore);
  expect(cluster("down")).toContain("was not there");
});
