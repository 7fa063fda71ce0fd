import { JitteredBackoff, type JitteredBackoffOptions, pause } from "./backoff.ts";
import type { KubeClient, Selection } from "./client.ts";
import { KubeError } from "./error.ts";
import { GuardedSink, type OnMistake } from "./guarded-sink.ts";
import { keyOf } from "./object-key.ts";
import type { ReflectorSink } from "./reflector-sink.ts";
import type { KubeResource } from "./resource.ts";
import { isLater } from "./resource-version.ts";

export interface ReflectorOptions {
  readonly client: KubeClient;
  readonly resource: KubeResource;
  /** Namespace and selectors; absent namespace: all. */
  readonly selection?: Selection | undefined;
  /** Without a list the sink is told only that it has to look itself (`completed`), and hears what changes from then on. Default: true. */
  readonly isListed?: boolean | undefined;
  readonly sink: ReflectorSink;
  /** Told of exceptions in the sink. */
  readonly onMistake: OnMistake;
  /** Told with each failure, and with `undefined` when things work again. */
  readonly onState?: ((error: KubeError | undefined) => void) | undefined;
  readonly backoff?: JitteredBackoffOptions | undefined;
}

/** A watch that ends sooner than this after it began was not a good one. */
const goodWatchMs = 1_000;
/** So many failures of a watch that the server answers make the next attempt begin with a list. */
const failuresBeforeList = 3;

/**
 * Follows one kind: lists it page by page, watches from there, goes on where a watch ended, and lists anew when the API server has forgotten
 * that place (status 410). While the API server is away, nothing is told: what was known stays.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #sink: GuardedSink;
  readonly #stop = new AbortController();
  readonly #backoff: JitteredBackoff;
  readonly #synced = Promise.withResolvers<void>();
  /** Where the next watch begins; undefined: a list is needed. */
  #version: string | undefined;
  /** The latest version that was told. */
  #latest = "";
  #watching: AbortController | undefined;
  #watchedSince: number | undefined;
  #watchFailures = 0;
  #isTroubled = false;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#sink = new GuardedSink(options.sink, options.onMistake);
    this.#backoff = new JitteredBackoff(options.backoff);
  }

  /** Resolves after the first list; never if the reflector is stopped before. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.abort();
    this.#watching?.abort();
  }

  /** Lists once more, so that whatever may have been missed is put right. */
  relist(): void {
    this.#version = undefined;
    this.#watching?.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        await this.#watch();
      } catch (error) {
        await this.#failed(error);
      }
    }
  }

  async #list(): Promise<void> {
    const { client, resource, selection, isListed = true } = this.#options;
    const { signal } = this.#stop;
    if (!isListed) {
      const { metadata } = await client.list(resource, { ...selection, isMetadataOnly: true, limit: 1, signal });
      this.#noteList(metadata.resourceVersion);
      this.#version = metadata.resourceVersion;
      this.#sink.completed(new Set(), metadata.resourceVersion);
    } else {
      const keys = new Set<string>();
      // All pages show what the first one shows a part of.
      let version: string | undefined;
      for await (const { metadata, items } of client.pages(resource, { ...selection, signal })) {
        if (signal.aborted) return;
        if (version === undefined) this.#noteList(metadata.resourceVersion);
        version ??= metadata.resourceVersion;
        for (const item of items) {
          keys.add(keyOf(item));
          this.#sink.listed(item);
        }
      }
      if (signal.aborted || version === undefined) return;
      this.#version = version;
      this.#sink.completed(keys, version);
    }
    this.#tellWorks();
    this.#synced.resolve();
  }

  /** A list shows the newest state there is; one that is older than what was told comes from an API server that was set back. */
  #noteList(version: string): void {
    if (isLater(this.#latest, version)) this.#sink.setBack();
    this.#latest = version;
  }

  async #watch(): Promise<void> {
    const { client, resource, selection } = this.#options;
    const watching = new AbortController();
    this.#watching = watching;
    this.#watchedSince = performance.now();
    // Not all watches of all replicas end in the same minute.
    const timeoutSeconds = 300 + Math.floor(Math.random() * 300);
    const onOpen = (): void => this.#tellWorks();
    const options = { ...selection, resourceVersion: this.#version, timeoutSeconds, signal: watching.signal, onOpen };
    for await (const { type, object } of client.watch(resource, options)) {
      if (watching.signal.aborted) return;
      this.#works();
      if (type === "DELETED") this.#sink.deleted(object);
      else if (type !== "BOOKMARK") this.#sink.changed(object);
      this.#version = object.metadata.resourceVersion ?? this.#version;
      this.#latest = this.#version ?? this.#latest;
    }
    if (watching.signal.aborted) return;
    if (!this.#watchEnded()) await pause(this.#backoff.next(), this.#stop.signal);
  }

  /** A list alone is no proof that things work: one that is followed by no watch would be asked for again and again. */
  #watchEnded(): boolean {
    const isGood = this.#watchedSince !== undefined && performance.now() - this.#watchedSince >= goodWatchMs;
    this.#watchedSince = undefined;
    if (isGood) this.#works();
    return isGood;
  }

  async #failed(reason: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#watchEnded();
    const error = reason instanceof KubeError ? reason : new KubeError(String(reason), 0, "Failed", undefined, reason);
    if (isPlaceForgotten(error)) this.#version = undefined;
    else {
      this.#isTroubled = true;
      this.#options.onState?.(error);
      if (error.status !== 0) this.#watchFailures += 1;
      if (this.#watchFailures >= failuresBeforeList) this.#version = undefined;
    }
    const advised = (error.retryAfterSeconds ?? 0) * 1_000;
    const waitMs = Math.max(advised, this.#backoff.next());
    const { returned } = this.#options.client;
    const isAway = error.status === 0;
    await pause(waitMs, isAway ? AbortSignal.any([this.#stop.signal, returned]) : this.#stop.signal);
    // What it refuses in its first moments is asked for again soon, however long it was away.
    if (isAway && returned.aborted) this.#backoff.reset();
  }

  #works(): void {
    this.#backoff.reset();
    this.#watchFailures = 0;
    this.#tellWorks();
  }

  #tellWorks(): void {
    if (!this.#isTroubled) return;
    this.#isTroubled = false;
    this.#options.onState?.(undefined);
  }
}

/** The API server has moved on past the place where a watch or a page was to begin, or was set back behind it. */
function isPlaceForgotten(error: KubeError): boolean {
  return error.status === 410 || error.message.includes("Too large resource version");
}
