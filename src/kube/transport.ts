import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from "node:https";
import type { KubeConfig } from "./config.ts";
import { identityHeaders, tlsOptions, urlOf } from "./connection.ts";
import { errorOf, errorWithoutAnswer, KubeError } from "./error.ts";
import { type RateLimit, TokenBucket } from "./rate-limit.ts";
import { Reachability } from "./reachability.ts";

/** One request as it is sent. */
export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** From the server's root, e.g. `/readyz`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string | undefined;
  /** Default: `application/json`. */
  readonly accept?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A connection whose other end is gone without a word is noticed in ten seconds after this long. */
const keepAliveMs = 30_000;
/** A request without an answer after this long has failed; watches are exempt. */
const timeoutMs = 30_000;

/** Sends requests to one API server. Connections are kept and shared; each watch holds one of its own. */
export class KubeTransport {
  readonly config: KubeConfig;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #bucket: TokenBucket | undefined;
  readonly #reachability = new Reachability();

  /** `limit` holds for all requests but watches. Default: none, since the API server defends itself. */
  constructor(config: KubeConfig, limit?: RateLimit) {
    this.config = config;
    this.#bucket = limit && new TokenBucket(limit);
    this.#agent =
      new URL(config.server).protocol === "http:"
        ? new HttpAgent({ keepAlive: true, keepAliveMsecs: keepAliveMs })
        : new HttpsAgent({ keepAlive: true, keepAliveMsecs: keepAliveMs, ...tlsOptions(config) });
  }

  /** Aborted when the API server answers a request, whoever's, after it could not be reached for a second or more. */
  get returned(): AbortSignal {
    return this.#reachability.returned;
  }

  /** Any request whose answer is JSON. */
  async send<T>(request: KubeRequest): Promise<T> {
    const what = `${request.method} ${request.path}`;
    const text = await this.#read(await this.open(request), what);
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw new KubeError(`${what}: the answer is no JSON`, 0, "Unreadable", undefined, error);
    }
  }

  /** Any request whose answer is text, e.g. `/readyz` or logs. */
  async text(request: KubeRequest): Promise<string> {
    return this.#read(await this.open(request), `${request.method} ${request.path}`);
  }

  /** Sends a request and resolves with its answer when that begins. An answer of 400 or above is thrown. */
  async open(request: KubeRequest): Promise<IncomingMessage> {
    const what = `${request.method} ${request.path}`;
    let response: IncomingMessage;
    if (request.query?.["watch"] !== true) await this.#bucket?.take();
    try {
      response = await this.#exchange(request);
    } catch (error) {
      if (request.signal?.aborted !== true) this.#reachability.failed();
      throw errorWithoutAnswer(what, error);
    }
    this.#reachability.answered();
    const status = response.statusCode ?? 0;
    if (status < 400) return response;
    throw errorOf(what, status, await this.#read(response, what), response.headers["retry-after"]);
  }

  /** Ends connections that are kept; the client must not be used afterwards. */
  close(): void {
    this.#agent.destroy();
  }

  #exchange({ method, path, query, body, contentType, accept, signal }: KubeRequest): Promise<IncomingMessage> {
    const url = urlOf(this.config, path, query);
    const content = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      signal,
      timeout: timeoutMs,
      headers: {
        accept: accept ?? "application/json",
        ...identityHeaders(this.config),
        ...(content && { "content-type": contentType ?? "application/json", "content-length": content.length }),
      },
    };
    return new Promise((resolve, reject) => {
      const send = url.protocol === "http:" ? httpRequest : httpsRequest;
      const call = send(url, options, resolve);
      call.on("timeout", () => call.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)));
      call.on("error", reject);
      call.end(content);
    });
  }

  async #read(response: IncomingMessage, what: string): Promise<string> {
    try {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      return Buffer.concat(parts).toString("utf8");
    } catch (error) {
      throw errorWithoutAnswer(what, error);
    }
  }
}
