import type { Change } from "../engine/index.ts";
import type { SourceProblem } from "../sources/source.ts";
import type { Statuses } from "../status/view.ts";
import type { ObjectStatus } from "../translate/conditions.ts";
import type { Commit } from "./controller.ts";
import type { Logs } from "./logs/logs.ts";
import type { MetricStore } from "./metrics/metric-store.ts";
import { sourceProblemLine } from "./source-problem.ts";

/** Told what a commit did, after its resources are on the way. */
export type CommitListener = (commit: Commit) => void;

export interface CommitReportOptions {
  readonly logs: Logs;
  readonly metrics: MetricStore;
  readonly listeners?: readonly CommitListener[];
}

/** Statuses taken over in one go before other work gets its turn. */
const statusesAtOnce = 500;

/**
 * Everything that follows from a commit and is not urgent: statuses, log lines, metrics, those who listen. It is done after the
 * resources of the commit were handed to the network, in pieces, so that no later change waits for it.
 */
export class CommitReport {
  readonly #options: CommitReportOptions;
  readonly #commits: Commit[] = [];
  readonly #statuses: Change<ObjectStatus>[] = [];
  #store: Statuses | undefined;
  #problems: readonly SourceProblem[] = [];
  #isScheduled = false;

  constructor(options: CommitReportOptions) {
    this.#options = options;
  }

  /** Problems in the manifests, as of the last batch that told them. */
  get problems(): readonly SourceProblem[] {
    return this.#problems;
  }

  /** Where statuses go from now on, those that were computed before included. */
  useStatuses(store: Statuses): void {
    this.#store = store;
    this.#schedule();
  }

  /** Takes a commit; cheap, since it stands on the path of a change. */
  add(commit: Commit): void {
    this.#commits.push(commit);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#work());
  }

  #work(): void {
    this.#isScheduled = false;
    for (const commit of this.#commits.splice(0)) this.#report(commit);
    if (!this.#store || this.#statuses.length === 0) return;
    this.#store.apply(this.#statuses.splice(0, statusesAtOnce));
    if (this.#statuses.length > 0) this.#schedule();
  }

  #report(commit: Commit): void {
    const { changes, batch, durationMs } = commit;
    const { metrics } = this.#options;
    for (const change of changes.statuses) this.#statuses.push(change);
    metrics.observe("engine_commit_duration_seconds", {}, durationMs / 1_000);
    for (const [collection, computed] of changes.report.computed)
      metrics.count("engine_computed_total", { collection }, computed);
    if (batch && batch.changes.length > 0)
      metrics.count("watchable_publish_total", published("provider", "provider-resources"));
    if (changes.xds.size > 0)
      metrics.count("watchable_publish_total", published("gateway-api", "xds-ir"), changes.xds.size);
    if (changes.fleets.length > 0)
      metrics.count("watchable_publish_total", published("gateway-api", "infra-ir"), changes.fleets.length);
    for (const { key, value } of changes.fleets) {
      metrics.count(value ? "resource_apply_total" : "resource_delete_total", {
        kind: "Envoy",
        name: key,
        status: "success",
      });
    }
    if (batch?.problems) this.tellProblems(batch.problems);
    this.#log(commit);
    for (const listener of this.#options.listeners ?? []) listener(commit);
  }

  #log({ changes, batch, durationMs }: Commit): void {
    const logger = this.#options.logs.for("gateway-api");
    for (const { collection, key, error } of changes.report.failures) {
      this.#options.metrics.count("watchable_panics_recovered_total", { runner: "gateway-api", message: collection });
      logger.error(
        { collection, object: key, error },
        "an object could not be translated; what it was before goes on being served",
      );
    }
    if (!batch || batch.changes.length === 0) return;
    logger.debug(
      {
        objects: batch.changes.length,
        fleets: changes.xds.size,
        statuses: changes.statuses.length,
        ms: Math.round(durationMs * 10) / 10,
      },
      "objects changed",
    );
  }

  /** Tells what is wrong now; what was told before and still is, is not told again. */
  tellProblems(problems: readonly SourceProblem[]): void {
    const known = new Set(this.#problems.map(sourceProblemLine));
    this.#problems = problems;
    const logger = this.#options.logs.for("provider");
    const { metrics } = this.#options;
    metrics.clear("source_problems");
    for (const severity of ["error", "warning", "info"] as const) {
      metrics.set("source_problems", { severity }, problems.filter((problem) => problem.severity === severity).length);
    }
    for (const problem of problems) {
      const line = sourceProblemLine(problem);
      if (known.has(line)) continue;
      if (problem.severity === "error") logger.error(line);
      else if (problem.severity === "warning") logger.warn(line);
      else logger.info(line);
    }
  }
}

function published(
  runner: string,
  message: string,
): { readonly runner: string; readonly message: string; readonly status: string } {
  return { runner, message, status: "success" };
}
