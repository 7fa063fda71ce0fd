import type { SourceBatch, SourceProblem } from "../source.ts";
import type { Health } from "./health.ts";
import type { Intake } from "./intake.ts";

/** Nothing is held back longer than this for something it refers to. */
const longestHoldMs = 1_000;

/**
 * Hands changes over. What arrives in one turn goes out together. A change that refers to something that is still being read waits for it, and
 * what comes meanwhile waits behind it: a route that is led to another Service must not find that Service missing for a moment. Only
 * endpoints do not wait: for those that are gone, every moment costs requests.
 */
export class Delivery {
  readonly #intake: Intake;
  readonly #health: Health;
  #deliver: ((batch: SourceBatch) => void) | undefined;
  #objectProblems: readonly SourceProblem[] = [];
  #hasHealthNews = false;
  #isScheduled = false;
  #holds = 0;
  #overdue: NodeJS.Timeout | undefined;

  constructor(intake: Intake, health: Health) {
    this.#intake = intake;
    this.#health = health;
  }

  get isOpen(): boolean {
    return this.#deliver !== undefined;
  }

  /** Delivers all there is, even if that is nothing, and from now on what comes. */
  open(deliver: (batch: SourceBatch) => void): void {
    this.#deliver = deliver;
    this.#hasHealthNews = true;
    this.#flush(true);
  }

  close(): void {
    this.#deliver = undefined;
    clearTimeout(this.#overdue);
  }

  /** There is something to deliver. */
  schedule(): void {
    if (this.#isScheduled || !this.isOpen) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#holds === 0) return this.#flush(false);
      const changes = this.#intake.collectUrgent();
      if (changes.length > 0) this.#deliver?.({ changes });
      this.#limitHold();
    });
  }

  healthChanged(): void {
    this.#hasHealthNews = true;
    this.schedule();
  }

  /** Holds everything back until `reading` is done, though not for long. */
  hold(reading: Promise<void>): void {
    this.#holds += 1;
    void reading.then(() => {
      this.#holds -= 1;
      if (this.#holds > 0) return;
      this.#flush(false);
    });
  }

  #limitHold(): void {
    this.#overdue ??= setTimeout(() => this.#flush(false), longestHoldMs);
  }

  #flush(isFirst: boolean): void {
    clearTimeout(this.#overdue);
    this.#overdue = undefined;
    if (!this.#deliver) return;
    const { changes, problems } = this.#intake.collect();
    if (problems) this.#objectProblems = problems;
    const hasNews = problems !== undefined || this.#hasHealthNews;
    this.#hasHealthNews = false;
    if (changes.length === 0 && !hasNews && !isFirst) return;
    const all = hasNews ? { problems: [...this.#health.problems(), ...this.#objectProblems] } : {};
    this.#deliver({ changes, ...all });
  }
}
