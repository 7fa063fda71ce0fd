/** The API server's `Status` object, as far as it is of use. */
export interface KubeStatus {
  readonly message?: string;
  /** E.g. `NotFound`, `Conflict`, `AlreadyExists`, `Forbidden`, `Expired`, `Invalid`. */
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
  };
}

/** A request to the API server that did not do what it was meant to. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  /** The API server's reason, or `Unreachable` without an answer. */
  readonly reason: string;
  /** Seconds to wait, where the API server says so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, status: number, reason: string, retryAfterSeconds?: number, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.status = status;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Worth trying again later with the same request: no answer, overload, or a mistake of the server. */
  get isTemporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** The error an answer with a status of 400 or more means. */
export function errorOf(what: string, status: number, body: string, retryAfter?: string): KubeError {
  const told = parseStatus(body);
  const seconds = told.details?.retryAfterSeconds ?? (retryAfter === undefined ? undefined : secondsOf(retryAfter));
  const message = told.message ?? (body.trim().slice(0, 300) || `status ${status}`);
  return new KubeError(`${what}: ${message}`, status, told.reason ?? reasons[status] ?? "Unknown", seconds);
}

/** Nobody waits longer, whatever a proxy in front of the API server asks for. */
const maxRetryAfterSeconds = 60;

/** A `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3). `undefined` if it is neither. */
function secondsOf(retryAfter: string): number | undefined {
  const seconds = /^\s*\d+\s*$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1_000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), maxRetryAfterSeconds);
}

/** The error of an `ERROR` event, which ends a watch. */
export function errorOfEvent(what: string, { message, reason, code }: KubeStatus): KubeError {
  return new KubeError(`${what}: ${message ?? "the watch ended"}`, code ?? 500, reason ?? "Unknown");
}

/** The error of a request that failed before there was an answer, or while it was read. */
export function errorWithoutAnswer(what: string, error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new KubeError(`${what}: the API server cannot be reached: ${reason}`, 0, "Unreachable", undefined, error);
}

/** Whether `error` is the API server's answer with one of these statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): error is KubeError {
  return error instanceof KubeError && statuses.includes(error.status);
}

/** For answers without a `Status` object, as proxies in front of an API server give them. */
const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
};

function parseStatus(body: string): KubeStatus {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
