import type { ServerDuplexStream } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import type { Admission } from "./admission.ts";
import type { Outlet, Protocol } from "./channel.ts";
import { type DiscoveryRequest, decodeDeltaRequest, decodeSotwRequest, type NodeIdentity } from "./messages.ts";
import { type ResourceType, typeUrls } from "./resource-types.ts";
import type { Session } from "./session.ts";
import type { Parts } from "./wire.ts";

/** What a stream asks of the server. */
export interface StreamHost {
  /** Finds out whether streams are who they say; `undefined` when their connection has shown that. */
  readonly admission: Admission | undefined;
  /** The session for a stream whose node is known now; `undefined` while its fleet has nothing to be told. */
  join(stream: DiscoveryStream, node: NodeIdentity): Session | undefined;
  leave(stream: DiscoveryStream): void;
  /** `node`: what may come again with every attempt of this node, and is not said each time. */
  onProblem(message: string, node?: string): void;
}

/** Requests kept while a fleet is not loaded; an Envoy sends a handful before it has an answer. */
const maxWaiting = 100;

const typeByUrl: ReadonlyMap<string, ResourceType> = new Map(
  (Object.keys(typeUrls) as ResourceType[]).map((type) => [typeUrls[type], type]),
);

/** One gRPC stream: decodes requests, finds out whose they are, and hands them to the session. */
export class DiscoveryStream implements Outlet {
  readonly id: number;
  /** The only type served, or `undefined` on an aggregated stream. */
  readonly type: ResourceType | undefined;
  readonly protocol: Protocol;
  readonly startedAt = Date.now();
  isBlocked = false;
  node: NodeIdentity | undefined;
  session: Session | undefined;
  readonly #call: ServerDuplexStream<Buffer, Parts>;
  readonly #host: StreamHost;
  #waiting: DiscoveryRequest[] = [];
  #isAuthorizing = false;
  /** Ends a stream that is not found good in time. */
  #deadline: NodeJS.Timeout | undefined;
  /** What the admission holds of it. */
  #heldBytes = 0;
  #isClosed = false;

  constructor(
    id: number,
    call: ServerDuplexStream<Buffer, Parts>,
    type: ResourceType | undefined,
    protocol: Protocol,
    host: StreamHost,
  ) {
    this.id = id;
    this.type = type;
    this.protocol = protocol;
    this.#call = call;
    this.#host = host;
    const { admission } = host;
    if (admission) {
      const late = (): void => this.end(status.UNAVAILABLE, "the token was not shown or checked in time");
      this.#deadline = setTimeout(late, admission.timeoutMs).unref();
    }
    call.on("data", (message: Buffer) => this.#guard(() => this.#receive(message)));
    call.on("drain", () => this.#guard(() => this.#drained()));
    call.on("end", () => {
      this.#leave();
      call.end();
    });
    call.on("cancelled", () => this.#leave());
    call.on("error", () => this.#leave());
    call.on("close", () => this.#leave());
  }

  write(message: Parts): boolean {
    return this.#call.write(message);
  }

  /** Ends the stream; the Envoy keeps what it has and connects anew. */
  end(code: status, details: string): void {
    if (this.#isClosed) return;
    this.#leave();
    this.#call.emit("error", Object.assign(new Error(details), { code, details }));
  }

  /** The fleet has been loaded: takes up the requests that came before. */
  start(session: Session): void {
    this.session = session;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#guard(() => {
      for (const request of waiting) this.#dispatch(session, request);
    });
  }

  /** Runs what concerns only this stream; a fault of ours costs this stream, which the Envoy opens again. */
  #guard(action: () => void): void {
    if (this.#isClosed) return;
    try {
      action();
    } catch (error) {
      const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#host.onProblem(`xDS stream of ${this.node?.id ?? "an unknown Envoy"} ended: ${details}`);
      this.end(status.INTERNAL, "internal error");
    }
  }

  #receive(message: Buffer): void {
    const { admission } = this.#host;
    if (admission && this.node === undefined) {
      if (!admission.hold(message.length)) {
        this.end(status.RESOURCE_EXHAUSTED, "too much was sent before the token was checked");
        return;
      }
      this.#heldBytes += message.length;
    }
    let request: DiscoveryRequest;
    try {
      request = this.protocol === "delta" ? decodeDeltaRequest(message) : decodeSotwRequest(message);
    } catch (error) {
      this.end(status.INVALID_ARGUMENT, `not a discovery request: ${error instanceof Error ? error.message : ""}`);
      return;
    }
    if (this.node === undefined && !this.#isAuthorizing) {
      if (request.node === undefined || request.node.id === "") {
        this.end(status.INVALID_ARGUMENT, "the first request names no node");
        return;
      }
      this.#identify(request.node);
    }
    if (this.session !== undefined) this.#dispatch(this.session, request);
    else if (this.#waiting.length < maxWaiting) this.#waiting.push(request);
    else this.end(status.RESOURCE_EXHAUSTED, "too many requests before the first response");
  }

  #identify(node: NodeIdentity): void {
    const { admission } = this.#host;
    if (!admission) {
      this.node = node;
      this.session = this.#host.join(this, node);
      return;
    }
    this.#isAuthorizing = true;
    admission
      .review(bearerToken(this.#call), node, () => !this.#isClosed)
      .then(
        (refusal) => this.#guard(() => this.#judged(node, refusal)),
        (error: unknown) =>
          this.#guard(() => {
            const details = error instanceof Error ? error.message : String(error);
            this.#host.onProblem(`xDS stream of ${node.id} ended: ${details}`, node.id);
            this.end(status.UNAVAILABLE, "the token cannot be checked now");
          }),
      );
  }

  #judged(node: NodeIdentity, refusal: string | undefined): void {
    if (refusal !== undefined) {
      this.#host.onProblem(`xDS stream of ${node.id} refused: ${refusal}`, node.id);
      this.end(status.UNAUTHENTICATED, refusal);
      return;
    }
    this.#endAdmission();
    this.node = node;
    const session = this.#host.join(this, node);
    if (session) this.start(session);
  }

  #endAdmission(): void {
    clearTimeout(this.#deadline);
    this.#host.admission?.release(this.#heldBytes);
    this.#heldBytes = 0;
  }

  /** Types we do not serve are left unanswered: Envoy asks for what its configuration names, and goes on without. */
  #dispatch(session: Session, request: DiscoveryRequest): void {
    const asked = request.typeUrl === "" ? this.type : typeByUrl.get(request.typeUrl);
    if (asked === undefined || (this.type !== undefined && asked !== this.type)) return;
    session.receive(asked, request, this, this.protocol);
  }

  #drained(): void {
    this.isBlocked = false;
    this.session?.pump();
  }

  #leave(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting = [];
    this.#endAdmission();
    this.#host.leave(this);
  }
}

/** The token of a stream's `authorization` header, with or without the word before it. */
function bearerToken({ metadata }: ServerDuplexStream<Buffer, Parts>): string | undefined {
  const [value] = metadata.get("authorization");
  return typeof value === "string" ? value.replace(/^Bearer +/i, "") : undefined;
}
