/** Single changes, timed: shared by the phases that make them through a gateway and at the floor. */
import type { Answer } from "../http/answer.ts";
import { probe, waitUntil } from "../http/probe.ts";
import { type ChangeKind, type ChangeTimes, changeKinds } from "../results.ts";
import { summarize } from "../statistics.ts";

/** Time in which a change must be seen. */
const limitMs = 120_000;

/** One change of one route, and how a client sees it. */
export interface TimedChange {
  readonly kind: ChangeKind;
  readonly hostname: string;
  /** The body of the backend that answers, or nothing where 404 is right. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The changes of one repetition in order: a route appears, gets another backend, and goes; without and with new clusters. */
export function changesOf(
  repetition: number,
  bodies: { readonly first: string; readonly second: string },
): TimedChange[] {
  return (["", " with cluster"] as const).flatMap((which) => {
    const hostname = `new${repetition}${which === "" ? "" : "-cluster"}.bench.test`;
    const { first, second } = bodies;
    return [
      { kind: `add${which}`, hostname, before: undefined, after: first },
      { kind: `change${which}`, hostname, before: first, after: second },
      { kind: `delete${which}`, hostname, before: second, after: undefined },
    ] satisfies TimedChange[];
  });
}

/** Times of all kinds of change, and answers that were right neither before nor after. */
export class ChangeLog {
  readonly #times = new Map<ChangeKind, number[]>(changeKinds.map((kind) => [kind, []]));
  readonly wrong: Record<string, number> = {};
  /** Changes made. */
  count = 0;

  /** Makes the change and waits until a new connection sees it. Throws when that never comes. */
  async time(
    at: { readonly port: number; readonly isAlive: boolean },
    change: TimedChange,
    make: () => void,
  ): Promise<void> {
    const isSeen = async (): Promise<boolean> => {
      const answer = await probe(at.port, change.hostname);
      if (isState(answer, change.after)) return true;
      if (!isState(answer, change.before))
        this.#addWrong(`${change.kind}: ${answer.status} ${answer.body.slice(0, 60)}`);
      return false;
    };
    const start = performance.now();
    make();
    const took = await waitUntil(isSeen, { limitMs, isPossible: () => at.isAlive }, start);
    if (took === undefined) throw new Error(`"${change.kind}" of ${change.hostname} was never seen`);
    this.#times.get(change.kind)?.push(took);
    this.count++;
  }

  summary(): ChangeTimes {
    const entries = changeKinds.map((kind) => [kind, summarize(this.#times.get(kind) ?? [])] as const);
    return Object.fromEntries(entries) as ChangeTimes;
  }

  #addWrong(what: string): void {
    this.wrong[what] = (this.wrong[what] ?? 0) + 1;
  }
}

/** Whether this is what a client gets from the backend with this body, or 404 when there is to be none. */
function isState(answer: Answer, body: string | undefined): boolean {
  return body === undefined ? answer.status === 404 : answer.status === 200 && answer.body === body;
}
