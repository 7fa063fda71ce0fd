/** Requests, and what must become of them. */
import { expect } from "vitest";
import type { Answer, RequestOptions, TestGateway } from "../../e2e/harness/index.ts";

/** Header changes that many of the tests do besides something else, and a request that shows them. */
export const change = `{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: X-Set, value: ours }], add: [{ name: X-Add, value: one }, { name: X-Append, value: two }], remove: [X-Remove] } }`;
export const changed = {
  headers: { "X-Remove": "any", "X-Append": "first", "X-Set": "theirs" },
  seen: { headers: { "X-Set": "ours", "X-Add": "one", "X-Append": "first,two" }, without: ["X-Remove"] },
};

/** One request, and what must become of it. */
export interface Exchange extends RequestOptions {
  readonly path: string;
  readonly port?: number;
  /** Name of the backend that must answer with 200. */
  readonly backend?: string;
  /** Status of the answer, one of these if there are several. Default: 200. */
  readonly status?: number | readonly number[];
  /** What the backend must get. Default: path, host and method as sent. Values of a header are joined with commas. */
  readonly seen?: {
    readonly path?: string;
    readonly host?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly without?: readonly string[];
  };
  /** Headers the answer must have, with one of these values; values of a header are joined with commas. */
  readonly answer?: Readonly<Record<string, string | readonly string[]>>;
  /** Headers the answer must not have. */
  readonly answerWithout?: readonly string[];
  /** Where a redirect must lead to. What is left out is as it was sent. */
  readonly location?: string;
}

/** Sends requests one after the other, each with `common` unless it says otherwise, and checks what comes back. */
export async function expectExchanges(
  gateway: TestGateway,
  common: Partial<Exchange>,
  exchanges: readonly Exchange[],
): Promise<void> {
  for (const each of exchanges) await expectExchange(gateway, { ...common, ...each });
}

async function expectExchange(gateway: TestGateway, exchange: Exchange): Promise<void> {
  const { path, backend, status = 200, answer = {}, answerWithout = [], location } = exchange;
  const what = `${exchange.method ?? "GET"} ${exchange.host ?? ""}${path} ${JSON.stringify(exchange.headers ?? {})}`;
  const got = await gateway.request(path, exchange);
  expect([status].flat(), `${what}: status`).toContain(got.status);
  if (backend !== undefined) {
    expect(got.echo.pod, `${what}: backend`).toBe(backend);
    expectSeen(got, exchange, what);
  }
  for (const [name, value] of Object.entries(answer)) {
    expect([value].flat().map(compact), `${what}: ${name}`).toContain(compact(got.header(name).join(",")));
  }
  for (const name of answerWithout) expect(got.header(name), `${what}: ${name}`).toEqual([]);
  if (location !== undefined) expect(got.headers.location, `${what}: location`).toBe(location);
}

/** Spaces behind commas do not count in lists. */
const compact = (value: string): string => value.replaceAll(/, +/g, ",");

function expectSeen(got: Answer, { path, host, method = "GET", seen = {} }: Exchange, what: string): void {
  expect(got.echo.path, `${what}: path at the backend`).toBe(seen.path ?? path);
  expect(got.echo.method, `${what}: method at the backend`).toBe(method);
  const expectedHost = seen.host ?? host;
  if (expectedHost !== undefined) expect(got.echo.host, `${what}: host at the backend`).toBe(expectedHost);
  for (const [name, value] of Object.entries(seen.headers ?? {})) {
    expect(got.echo.headers[name.toLowerCase()]?.join(","), `${what}: ${name} at the backend`).toBe(value);
  }
  for (const name of seen.without ?? []) {
    expect(got.echo.headers[name.toLowerCase()], `${what}: ${name} at the backend`).toBeUndefined();
  }
}

/** Shares of `names` in `total` answers, at most 10 requests at a time. */
async function sharesOf(ask: () => Promise<string>, total = 500): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < total; i += 10) {
    for (const name of await Promise.all(Array.from({ length: 10 }, ask))) counts[name] = (counts[name] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count / total]));
}

/**
 * Checks that 500 answers are shared out as said, each share within 5 %. By chance a fair share is off by more than that in one of
 * fifty rounds, so three rounds may be played; who gets nothing must get nothing in every round.
 */
export async function expectShares(
  ask: () => Promise<string>,
  wanted: Readonly<Record<string, number>>,
): Promise<void> {
  for (let round = 1; ; round++) {
    const shares = await sharesOf(ask);
    const active = Object.keys(wanted).filter((name) => wanted[name] !== 0);
    expect(Object.keys(shares).sort()).toEqual(active.sort());
    const isFair = active.every((name) => Math.abs((shares[name] ?? 0) - (wanted[name] ?? 0)) <= 0.05);
    if (isFair) return;
    if (round === 3) expect(shares).toEqual(wanted);
  }
}
