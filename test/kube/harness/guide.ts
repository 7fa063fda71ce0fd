/** A reader of the guide: a shell, a cluster that does not exist yet, and what the guide downloads. */
import { dirname } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { freePorts } from "../../../src/testing/free-ports.ts";
import { helmProgram } from "../../../tools/chart/helm.ts";
import { addressesOf } from "../../../tools/cluster/addresses.ts";
import { runningNodes } from "../../../tools/cluster/node/namespaces.ts";
import { binFolder, filesOf } from "../../../tools/cluster/paths.ts";
import { systemPath } from "../../../tools/cluster/prerequisites.ts";
import { toolEnvironment } from "../../../tools/lint/check.ts";
import { tryLock } from "../../../tools/setup/lock.mjs";
import { grpcurlProgram } from "../../judge/grpcurl-program.ts";
import { Publisher } from "./publisher.ts";
import { ReaderShell } from "./reader-shell.ts";

/** Numbers that people rarely take come first; other tests that take one of these ask {@link freeNumber}. */
const numbers = [7, 6, 5, 4, 3, 2, 1];

export interface Guide extends ReaderShell {
  /** Name of the cluster. */
  readonly cluster: string;
  readonly publisher: Publisher;
}

/** Number of a cluster that does not exist, or TEST_CLUSTER; no other run of these tests takes it while this one lasts. */
export async function freeNumber(): Promise<number> {
  const given = process.env["TEST_CLUSTER"];
  if (given) return Number(given);
  const taken = new Set(runningNodes().map(({ number }) => number));
  for (const number of numbers) if (!taken.has(number) && tryLock(`${filesOf(number).folder}.test-lock`)) return number;
  throw new Error(`clusters of all numbers from 1 to ${numbers[0]} exist: delete one`);
}

/** What make, if it runs these tests, tells programs it starts: a reader's shell has none of it. */
const ofMake = /^(MAKE|MFLAGS|CLUSTER$|IMAGE$|TAG$|IMAGE_PULL_POLICY$|KUBECTL$|CHART_VERSION$)/;

function readersEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(toolEnvironment).filter(([name]) => !ofMake.test(name)));
}

class ClusterGuide extends ReaderShell implements Guide {
  readonly cluster: string;
  readonly publisher: Publisher;

  constructor(number: number, publisher: Publisher, ports: readonly number[]) {
    const [web = 0, admin = 0] = ports;
    super({
      env: {
        ...readersEnvironment(),
        CLUSTER: String(number),
        KUBECONFIG: filesOf(number).kubeconfig,
        PATH: systemPath(
          dirname(process.execPath),
          binFolder,
          dirname(helmProgram()),
          dirname(grpcurlProgram()),
          toolEnvironment["PATH"] ?? "",
        ),
      },
      replacements: {
        "https://github.com/envoyproxy/gateway/releases/download/latest": `http://${publisher.authority}/releases`,
        "https://raw.githubusercontent.com/envoyproxy/gateway/latest": `http://${publisher.authority}/raw`,
        "https://raw.githubusercontent.com/envoyproxy/gateway/main": `http://${publisher.authority}/raw`,
        "oci://docker.io/envoyproxy/gateway-helm": `oci://${publisher.authority}/envoyproxy/gateway-helm`,
        // The guide's ports may be in use here.
        "8888": String(web),
        "19000:19000": `${admin}:19000`,
        "127.0.0.1:19000": `127.0.0.1:${admin}`,
      },
    });
    this.cluster = addressesOf(number).name;
    this.publisher = publisher;
  }
}

/** One reader, and one cluster, for all tests of a file. The cluster is deleted in the end, whatever happened. */
export function useGuide(): () => Guide {
  let guide: Guide | undefined;
  beforeAll(async () => {
    guide = new ClusterGuide(await freeNumber(), await Publisher.start(), await freePorts(2));
  }, 900_000);
  afterAll(async () => {
    try {
      await guide?.output("make delete-cluster");
    } finally {
      guide?.close();
      guide?.publisher.stop();
    }
  }, 300_000);
  return () => {
    if (!guide) throw new Error("the guide is there only inside tests");
    return guide;
  };
}
