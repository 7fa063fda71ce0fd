import { isDeepStrictEqual } from "node:util";
import type { ObjectKey } from "../../api/object.ts";
import type { Origin, Source, SourceBatch, SourceProblem } from "../source.ts";
import { Catalogue } from "./catalogue.ts";
import { compareProblems } from "./collect-problems.ts";
import { FileWatch } from "./file-watch.ts";
import { createInterpreter, DEFAULT_NAMESPACE, type InterpretOptions } from "./interpret.ts";
import { loadRecords } from "./load.ts";
import { Slices } from "./slices.ts";

/** Settings of {@link createFileSource}. */
export interface FileSourceOptions extends Pick<InterpretOptions, "registry" | "admit"> {
  /**
   * Files and directories, absolute or relative to the working directory; links are followed. Of a directory the entries that end in
   * `.yaml`, `.yml` or `.json` and do not start with `.` are read, sub-directories are not. What is not there yet is waited for.
   */
  readonly paths: readonly string[];
  /** Namespace of objects that name none. Default: `envoy-gateway-system`. */
  readonly defaultNamespace?: string;
  /** Told about exceptions, which are mistakes of this program. Default: they end as unhandled rejections. */
  readonly onFailure?: (error: unknown) => void;
  /** Milliseconds a file that is written in place must rest before it is read. Default: 10. */
  readonly restMs?: number;
  /** The same if it has become shorter than it was, or if it or its directory was moved away. Default: 200. */
  readonly longRestMs?: number;
  /** Milliseconds a file that is gone is given to come back, as version control replaces files, before its objects go. Default: 3. */
  readonly goneRestMs?: number;
  /** Events in one turn from which on some may have been lost, so that everything is looked at again. Default: 8192, half of what Linux queues. */
  readonly manyEvents?: number;
}

/** Objects from files. */
export interface FileSource extends Source {
  /** Where an object stands now. Lines move without the object being changed, so this may differ from the change's origin. */
  origin(kind: string, key: ObjectKey): Origin | undefined;
}

/**
 * Reads manifests from files and directories and follows their changes as the system tells of them, without polling and without delay.
 *
 * Use one source for all paths of a gateway: it is what decides between definitions of the same object.
 */
export function createFileSource(options: FileSourceOptions): FileSource {
  const {
    registry,
    admit,
    defaultNamespace = DEFAULT_NAMESPACE,
    restMs = 10,
    longRestMs = 200,
    goneRestMs = 3,
    manyEvents = 8192,
  } = options;
  const catalogue = new Catalogue();
  const interpret = createInterpreter({ registry, admit, defaultNamespace });
  let deliver: ((batch: SourceBatch) => void) | undefined;
  let problems: readonly SourceProblem[] | undefined;
  let isRunning = false;
  const files = new FileWatch({
    paths: options.paths,
    restMs,
    longRestMs,
    goneRestMs,
    manyEvents,
    sizeOf: (path) => catalogue.record(path)?.size,
    onWork,
  });

  function onWork(): void {
    if (isRunning || deliver === undefined) return;
    run().catch((error: unknown) => {
      if (options.onFailure === undefined) throw error;
      options.onFailure(error);
    });
  }

  async function run(): Promise<void> {
    isRunning = true;
    try {
      while (deliver !== undefined && files.hasWork) await step();
    } finally {
      isRunning = false;
    }
  }

  async function step(): Promise<void> {
    const slices = new Slices();
    const records = await loadRecords(await files.take(slices), catalogue, interpret, slices);
    const changes = catalogue.update(records);
    const found = [...files.problems(), ...catalogue.problems()].sort(compareProblems);
    const isNews = !isDeepStrictEqual(found, problems);
    problems = found;
    if (changes.length > 0 || isNews) deliver?.({ changes, ...(isNews && { problems: found }) });
  }

  return {
    async start(onBatch) {
      if (deliver !== undefined) throw new Error("the source was started before");
      deliver = onBatch;
      isRunning = true;
      try {
        await step();
      } finally {
        isRunning = false;
      }
      onWork();
    },
    async stop() {
      deliver = undefined;
      files.close();
    },
    origin: (kind, key) => catalogue.origin(kind, key),
  };
}
