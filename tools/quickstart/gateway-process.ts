import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

export interface GatewayOptions {
  /** The project's folder, in which the gateway runs. */
  readonly root: string;
  /** Arguments of `envoy-gateway`. */
  readonly args: readonly string[];
  /** Directory in which Node keeps what it compiled. */
  readonly compileCache: string;
  /** File that gets every line the gateway writes. */
  readonly logFile: string;
  /** Told every line, the file apart. */
  readonly onLine: (line: string) => void;
}

/** How long the gateway may take to stop, its Envoy's draining included, before it is killed. */
const stopPatienceMs = 12_000;

/** `envoy-gateway` as a process. It is a group of its own, so that Ctrl-C reaches it only through {@link stop}, once. */
export class GatewayProcess {
  /** Resolves when the process is gone; the text says how it ended. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #isGone = false;

  constructor({ root, args, compileCache, logFile, onLine }: GatewayOptions) {
    mkdirSync(dirname(logFile), { recursive: true });
    const log = createWriteStream(logFile);
    const entry = join(root, "src/cli/envoy-gateway.ts");
    this.#child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", entry, ...args], {
      cwd: root,
      detached: true,
      // What Node made of the sources is kept.
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on("line", (line) => {
        log.write(`${line}\n`);
        onLine(line);
      });
    }
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#isGone = true;
        log.end();
        resolve(how);
      };
      this.#child.on("error", (error) => end(`it cannot be started: ${error.message}`));
      this.#child.on("close", (code, signal) => end(signal ? `ended by ${signal}` : `exit code ${code}`));
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Asks it to stop, which drains and ends its Envoy; kills it when that takes too long. Returns whether it stopped by itself. */
  async stop(): Promise<boolean> {
    if (this.#isGone) return true;
    this.#child.kill("SIGINT");
    const isInTime = await Promise.race([this.ended.then(() => true), sleep(stopPatienceMs, false, { ref: false })]);
    if (!isInTime) this.#child.kill("SIGKILL");
    await this.ended;
    return isInTime;
  }
}
