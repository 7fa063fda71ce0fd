/** A control plane as a process of its own, and load on its Envoy. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { Agent, get } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hostDirectories } from "../../src/infra/host/directories.ts";
import { readRecords } from "../../src/infra/host/process-record.ts";
import { testEnvoy, type Workplace } from "../../src/server/testing/workplace.ts";

const program = join(import.meta.dirname, "../../src/cli/envoy-gateway.ts");

/** A running `envoy-gateway server`. */
export interface ControlPlane {
  readonly log: () => string;
  /** Ends it as the kernel would for lack of memory. */
  kill(): Promise<void>;
  /** Asks it to end; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts one with the directories and the configuration of a workplace; a fixed xDS port lets Envoys find its successor. */
export function startControlPlane(work: Workplace, xdsPort: number): ControlPlane {
  const ports = ["--xds-port", String(xdsPort), "--admin-port", "0", "--metrics-port", "0", "--health-port", "0"];
  const args = [program, "server", "--config-path", work.configPath, "--envoy", testEnvoy, ...ports];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const exited = once(child, "exit");
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await exited;
  };
  return {
    log: () => log,
    kill: () => end("SIGKILL"),
    async stop() {
      await end("SIGTERM");
      return child.exitCode;
    },
  };
}

/** Numbers of a workplace's Envoy processes that run. */
export async function envoysOf(work: Workplace): Promise<number[]> {
  const [configHome, dataHome, stateHome, runtimeDir] = ["config", "data", "state", "run"].map((name) =>
    join(work.stateDir, name),
  );
  const records = await readRecords(hostDirectories({ configHome, dataHome, stateHome, runtimeDir }));
  return records.map(({ pid }) => pid).filter((pid) => existsSync(`/proc/${pid}`));
}

/** What came of the requests of a load. */
export interface LoadReport {
  readonly right: number;
  /** Answers that are not the expected one, with their counts. */
  readonly wrong: Readonly<Record<string, number>>;
  /** Requests without an answer: the connection was refused or cut. */
  readonly unanswered: number;
}

/** Load that goes on until it is stopped. */
export interface Load {
  /** What came of it so far. */
  readonly report: LoadReport;
  stop(): Promise<LoadReport>;
}

/** Sends requests over kept-alive and over new connections; each host must be answered with its text. */
export function startLoad(port: number, hosts: Readonly<Record<string, string>>): Load {
  const report = { right: 0, wrong: {} as Record<string, number>, unanswered: 0 };
  const kept = new Agent({ keepAlive: true });
  let isOver = false;
  const client = async (host: string, text: string, agent: Agent | false) => {
    while (!isOver) {
      const answer = await ask(port, host, agent);
      if (answer === undefined) report.unanswered++;
      else if (answer === `200 ${text}`) report.right++;
      else report.wrong[`${host}: ${answer}`] = (report.wrong[`${host}: ${answer}`] ?? 0) + 1;
      await sleep(answer === undefined ? 5 : 1);
    }
  };
  const clients = Object.entries(hosts).flatMap(([host, text]) => [
    client(host, text, kept),
    client(host, text, false),
  ]);
  return {
    report,
    async stop() {
      isOver = true;
      await Promise.all(clients);
      kept.destroy();
      return report;
    },
  };
}

/** Status and body of an answer; `undefined` without one. */
export function ask(port: number, host: string, agent: Agent | false = false): Promise<string | undefined> {
  return new Promise((resolve) => {
    const sent = get({ host: "127.0.0.1", port, headers: { host }, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        body += part;
      });
      response.on("end", () => resolve(`${response.statusCode} ${body}`));
      response.on("error", () => resolve(undefined));
    });
    sent.on("error", () => resolve(undefined));
    sent.setTimeout(10_000, () => sent.destroy());
  });
}
