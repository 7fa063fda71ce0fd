import { type FSWatcher, watch } from "node:fs";
import { copyFile, type FileHandle, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import type { InfraLogger } from "../fleet.ts";

/** A log of this size is moved to `<file>.1` (replacing the former one), so that logs never fill a disk by themselves. */
const maxLogBytes = 64 * 1024 * 1024;

/** Files an Envoy writes to; `undefined` where none could be opened. */
export interface LogFiles {
  /** Envoy's own log (standard error). */
  readonly errors: FileHandle | undefined;
  /** Access logs (standard output). */
  readonly access: FileHandle | undefined;
  readonly errorsPath: string;
  readonly problem?: string;
}

/**
 * Opens a fleet's log files for appending. They are files, not pipes to us, because an Envoy outlives its control plane.
 * When that is not possible (full disk, no permission) Envoy runs without logs and `problem` says why.
 */
export async function openLogs(directory: string): Promise<LogFiles> {
  const errorsPath = join(directory, "envoy.log");
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const errors = await open(errorsPath, "a", 0o600);
    const access = await open(join(directory, "access.log"), "a", 0o600);
    return { errors, access, errorsPath };
  } catch (error) {
    return {
      errors: undefined,
      access: undefined,
      errorsPath,
      problem: error instanceof Error ? error.message : String(error),
    };
  }
}

/** Copies a log that has grown too large to `<path>.1` and empties it. Envoy appends, so it goes on at the beginning. */
export async function rotateLog(path: string): Promise<void> {
  const file = await open(path, "r+").catch(() => undefined);
  if (!file) return;
  try {
    if ((await file.stat()).size < maxLogBytes) return;
    await copyFile(path, `${path}.1`).catch(() => undefined);
    await file.truncate(0);
  } finally {
    await file.close();
  }
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogLine {
  readonly level: LogLevel;
  /** Envoy's component, e.g. `config`; empty when the line has no such form. */
  readonly component: string;
  readonly message: string;
}

const levels: Readonly<Record<string, LogLevel>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warning: "warn",
  warn: "warn",
  error: "error",
  critical: "error",
  off: "error",
};

/**
 * Understands a line of Envoy's default log format, `[time][thread][level][component] [file:line] message`.
 * Other lines (a crash's stack, a message's further lines) keep the level of the line before.
 */
export function parseLogLine(line: string, previous: LogLevel): LogLine {
  const [, level, component, message] =
    /^\[[^\]]*\]\[[^\]]*\]\[([a-z]+)\]\[([^\]]*)\] (?:\[[^\]]*\] )?(.*)$/.exec(line) ?? [];
  if (level === undefined || component === undefined || message === undefined)
    return { level: previous, component: "", message: line };
  return { level: levels[level] ?? "info", component, message };
}

/** A follower of a log file. */
export interface LogFollower {
  /** Reads what was written and not yet seen. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

export interface FollowOptions {
  readonly path: string;
  readonly onLine: (line: LogLine) => void;
  /** Size of the file at which to begin; absent: at its present end. */
  readonly from?: number;
}

/** Hands over each line that is appended to a file, soon after it was. A file that cannot be read gives nothing. */
export async function followLog(options: FollowOptions): Promise<LogFollower> {
  const file = await open(options.path, "r").catch(() => undefined);
  if (!file) return { flush: async () => undefined, stop: async () => undefined };
  let position = options.from ?? (await file.stat()).size;
  let rest = "";
  let previous: LogLevel = "warn";
  let reading: Promise<void> = Promise.resolve();

  const read = async (): Promise<void> => {
    const { size } = await file.stat();
    if (size < position) position = 0;
    while (position < size) {
      const { bytesRead, buffer } = await file.read({
        position,
        buffer: Buffer.alloc(Math.min(65_536, size - position)),
      });
      if (bytesRead === 0) break;
      position += bytesRead;
      const lines = (rest + buffer.toString("utf8", 0, bytesRead)).split("\n");
      rest = lines.pop() ?? "";
      for (const text of lines) {
        if (text === "") continue;
        const line = parseLogLine(text, previous);
        previous = line.level;
        options.onLine(line);
      }
    }
    if (position >= maxLogBytes) await rotateLog(options.path);
  };
  const flush = (): Promise<void> => {
    reading = reading.then(read).catch(() => undefined);
    return reading;
  };
  const watcher = watchQuietly(options.path, () => void flush());
  await flush();
  return {
    flush,
    stop: async () => {
      watcher?.close();
      await flush();
      await file.close().catch(() => undefined);
    },
  };
}

/** What Envoy says when it, or its control plane, is told to end: nothing an operator has to do anything about. */
const expected: readonly RegExp[] = [
  /^caught ENVOY_SIGTERM/,
  /gRPC config stream to \S+ closed: 13, .*connection_termination/,
];

/** Writes Envoy's lines into our log, each at its level; that Envoy was asked to end is no warning. */
export function logEnvoyLine(logger: InfraLogger, fleet: string, line: LogLine): void {
  const level = expected.some((pattern) => pattern.test(line.message)) ? "debug" : line.level;
  logger[level]({ component: "envoy", fleet, ...(line.component && { logger: line.component }) }, line.message);
}

/** Watching can fail for lack of inotify watches; the log is then read at the next flush only. */
function watchQuietly(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
