import { JitteredBackoff, pause } from "../../kube/backoff.ts";
import { KubeError } from "../../kube/error.ts";
import type { FleetProblem, FleetSpec, FleetStatus } from "../fleet.ts";
import { desiredObjects } from "./desired.ts";
import { FleetPass, type PassSurroundings } from "./fleet-pass.ts";
import { fleetStatus } from "./fleet-status.ts";
import type { LiveObject } from "./live-objects.ts";
import { MayNotWrite } from "./object-writer.ts";
import { serviceAccountName } from "./objects/service-account.ts";
import { labelledOwnership } from "./ownership.ts";
import type { PassLimit } from "./pass-limit.ts";
import { isWorkload } from "./replicas.ts";
import { type FleetScope, scopeOf } from "./scope.ts";
import { reservedLabelProblems } from "./user-labels.ts";

/** What somebody else has to clear away is looked at again after this long. */
const retryMs = 30_000;

/** What a keeper works with; the same for all. */
export interface KeeperSurroundings extends PassSurroundings {
  readonly onStatus: (status: FleetStatus) => void;
  readonly passes: PassLimit;
}

/**
 * Keeps the objects of one fleet as they should be and tries again what failed. One pass runs at a time; whatever changes meanwhile leads
 * to another one.
 */
export class FleetKeeper {
  readonly key: string;
  readonly ownership: string;
  readonly #surroundings: KeeperSurroundings;
  readonly #objects: FleetPass;
  readonly #backoff = new JitteredBackoff({ initialMs: 500, maxMs: 30_000 });
  readonly #stopped = new AbortController();
  #scope: FleetScope;
  #isWanted = true;
  #isKept = false;
  /** Only labels tell of it: it may be another control plane's, so that what it has is ours only where we made it. */
  #isLeftover = false;
  #desired: Promise<Awaited<ReturnType<typeof desiredObjects>>> | undefined;
  #problems: readonly FleetProblem[] = [];
  #told = "";
  #pass: Promise<void> = Promise.resolve();
  #isRunning = false;
  #retry: NodeJS.Timeout | undefined;
  #isPassNeeded = false;
  /** Ends the wait after a failure: what is wanted now may well succeed. */
  #wake = new AbortController();

  constructor(spec: FleetSpec, surroundings: KeeperSurroundings) {
    this.key = spec.key;
    this.#surroundings = surroundings;
    this.#scope = scopeOf(spec, surroundings.settings);
    this.ownership = labelledOwnership({ labels: this.#scope.selector }) ?? spec.key;
    this.#objects = new FleetPass(this.key, this.ownership, surroundings);
  }

  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** The fleet should be like this; undefined: it should go. */
  want(spec: FleetSpec | undefined): void {
    this.#isWanted = spec !== undefined;
    this.#isKept = false;
    if (spec) {
      this.#isLeftover = false;
      if (JSON.stringify(spec) !== JSON.stringify(this.#scope.fleet)) this.#desired = undefined;
      this.#scope = scopeOf(spec, this.#surroundings.settings);
    }
    this.#useAccount();
    this.#wake.abort();
    this.look();
  }

  /** No Gateway of ours has the fleet: what we made of it should go. */
  clear(): void {
    this.#isLeftover = true;
    this.want(undefined);
  }

  /** Something outside the fleet is another now that its objects tell of, such as the control plane's authority. */
  refresh(): void {
    this.#desired = undefined;
    this.look();
  }

  /** What there is of the fleet stays as it is: nothing is made, changed or deleted. */
  keep(): void {
    this.#isWanted = true;
    this.#isKept = true;
    this.#isLeftover = false;
    this.#useAccount();
    this.tell();
  }

  /** Something may have changed: compares, writes what differs, and tells the status. */
  look(): void {
    this.tell();
    this.#isPassNeeded = true;
    if (!this.#isRunning) this.#pass = this.#run();
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#pass;
  }

  /** Writes nothing more, whatever was to be tried again. */
  stop(): void {
    this.#stopped.abort();
    clearTimeout(this.#retry);
    this.#surroundings.accounts.forget(this.ownership);
  }

  status(): FleetStatus {
    return fleetStatus(this.key, {
      scope: this.#scope,
      members: this.#members(),
      nodes: this.#surroundings.nodes(),
      isWanted: this.#isWanted,
      problems: [...this.#problems, ...reservedLabelProblems(this.#scope.fleet)],
    });
  }

  #members(): readonly LiveObject[] {
    const { live } = this.#surroundings;
    return this.#isLeftover ? live.made(this.ownership) : live.of(this.ownership);
  }

  /** Tells the status if it is another one than before. */
  tell(): void {
    const status = this.status();
    const text = JSON.stringify(status);
    if (text === this.#told) return;
    this.#told = text;
    this.#surroundings.onStatus(status);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#isPassNeeded && !this.#stopped.signal.aborted) {
        this.#isPassNeeded = false;
        if (!this.#mayPass()) return;
        let failure: unknown;
        await this.#surroundings.passes.run(this.#isUrgent(), async () => {
          failure = await this.#passOnce();
        });
        this.tell();
        if (failure !== undefined) await this.#pauseAfter(failure);
      }
    } finally {
      // In the same moment as the last look at what is needed: nothing can come between.
      this.#isRunning = false;
    }
  }

  #useAccount(): void {
    const { namespace } = this.#scope;
    const account = this.#isWanted ? `${namespace}/${serviceAccountName(this.#scope)}` : undefined;
    this.#surroundings.accounts.use(this.ownership, account, () => this.look());
  }

  #mayPass(): boolean {
    return !this.#isKept && !this.#stopped.signal.aborted && this.#surroundings.mayWrite();
  }

  /** Nothing serves yet. */
  #isUrgent(): boolean {
    return this.#isWanted && !this.#members().some(({ kind }) => isWorkload(kind));
  }

  /** Returns why the pass has to be tried again, if it has. */
  async #passOnce(): Promise<unknown> {
    // It may have waited for its turn.
    this.#isPassNeeded = false;
    if (!this.#mayPass()) return undefined;
    clearTimeout(this.#retry);
    try {
      await (this.#isWanted ? this.#bring() : this.#objects.delete(this.#members()));
      this.#backoff.reset();
      return undefined;
    } catch (error) {
      // What is missing is looked at again when this control plane leads.
      if (error instanceof MayNotWrite) return undefined;
      this.#failed(error);
      this.#isPassNeeded = true;
      this.#wake = new AbortController();
      return error;
    }
  }

  async #pauseAfter(failure: unknown): Promise<void> {
    const advised = failure instanceof KubeError ? (failure.retryAfterSeconds ?? 0) * 1_000 : 0;
    const signal = AbortSignal.any([this.#stopped.signal, this.#wake.signal]);
    await pause(Math.max(advised, this.#backoff.next()), signal);
  }

  /** Says it once, however often it is tried. */
  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#problems[0]?.message !== message) this.#surroundings.logger.error({ fleet: this.key }, message);
    this.#problems = [{ severity: "error", code: "api-server", message }];
    this.tell();
  }

  async #bring(): Promise<void> {
    const scope = this.#scope;
    this.#desired ??= desiredObjects(scope);
    const { objects, problems } = await this.#desired;
    if (scope !== this.#scope || !this.#isWanted) {
      this.#isPassNeeded = true;
      return;
    }
    if (problems.length > 0) {
      this.#problems = problems;
      return;
    }
    this.#problems = await this.#objects.bring(objects, scope);
    if (this.#problems.length === 0 || this.#stopped.signal.aborted) return;
    this.#retry = setTimeout(() => this.look(), retryMs).unref();
  }
}
