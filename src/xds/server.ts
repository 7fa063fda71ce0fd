import { type ChannelOptions, Server, ServerCredentials, status } from "@grpc/grpc-js";
import type { FleetChange } from "../translate/resources.ts";
import { Admission } from "./admission.ts";
import { MutualTlsCredentials } from "./credentials.ts";
import { Fleet } from "./fleet.ts";
import type { NodeIdentity } from "./messages.ts";
import type { XdsServerOptions } from "./options.ts";
import { ProblemPace } from "./problem-pace.ts";
import { discoveryServices } from "./services.ts";
import type { Session } from "./session.ts";
import { DiscoveryStream, type StreamHost } from "./stream.ts";
import { describeStream, type StreamInfo } from "./stream-info.ts";

const hourMs = 3_600_000;

/** Serves encoded resources to Envoys; see `createXdsServer`. */
export interface XdsServer {
  /**
   * Opens the port. May be called long before anything is known of a fleet: its Envoys connect and wait.
   * @param address `host:port`; port 0 takes a free one
   * @returns the port; rejects when it cannot be bound
   */
  listen(address: string): Promise<number>;
  /**
   * Takes in what changed for a fleet, which exists from its first update on, and sends it to the fleet's Envoys
   * before returning, as far as the order of updates allows.
   */
  update(fleet: string, change: FleetChange): void;
  /** Ends a start with `hold`: from now on Envoys are served; those of fleets without any update go on waiting. */
  release(): void;
  /** Forgets a fleet and disconnects its Envoys, which keep what they have and wait for the fleet to come back. */
  remove(fleet: string): void;
  /** All connected streams. */
  streams(): readonly StreamInfo[];
  /** All resources of a fleet as they are now, in the form of a change that adds them; `undefined` for an unknown fleet. */
  resources(fleet: string): FleetChange | undefined;
  /** Ends all streams and closes the port; Envoys keep their configuration. */
  close(): Promise<void>;
}

/**
 * Creates an xDS server: aggregated and per-type discovery services, delta and state of the world, over mutual TLS.
 * An Envoy belongs to the fleet its `node.cluster` names and is known by `node.id`. Nothing listens before `listen`.
 * Throws when certificates cannot be read.
 */
export function createXdsServer(options: XdsServerOptions): XdsServer {
  return new DiscoveryServer(options);
}

class DiscoveryServer implements XdsServer, StreamHost {
  readonly admission: Admission | undefined;
  readonly #options: XdsServerOptions;
  readonly #grpc: Server;
  readonly #credentials: ServerCredentials;
  readonly #fleets = new Map<string, Fleet>();
  readonly #streams = new Set<DiscoveryStream>();
  readonly #problemPace = new ProblemPace();
  #isHeld: boolean;
  #lastStreamId = 0;

  constructor(options: XdsServerOptions) {
    this.#options = options;
    const { authorize, authorizeTimeoutMs = 20_000 } = options;
    this.admission = authorize && new Admission(authorize, authorizeTimeoutMs);
    this.#isHeld = options.hold ?? false;
    this.#credentials =
      options.tls === "none"
        ? ServerCredentials.createInsecure()
        : new MutualTlsCredentials(options.tls, (message) => this.onProblem(message), !options.authorize);
    this.#grpc = new Server(channelOptions(options));
    const services = discoveryServices((call, type, protocol) => {
      this.#lastStreamId++;
      this.#streams.add(new DiscoveryStream(this.#lastStreamId, call, type, protocol, this));
    });
    for (const { definition, implementation } of services) this.#grpc.addService(definition, implementation);
  }

  listen(address: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#grpc.bindAsync(address, this.#credentials, (error, port) => (error ? reject(error) : resolve(port)));
    });
  }

  update(key: string, change: FleetChange): void {
    const known = this.#fleets.get(key);
    const fleet = known ?? new Fleet(key, this.#options);
    this.#fleets.set(key, fleet);
    const isChanged = fleet.update(change, (session, error) => this.#sessionFailed(session, error));
    if (isChanged) this.#options.metrics?.snapshotUpdated?.(key);
    if (known === undefined && !this.#isHeld) this.#startWaiting(key, fleet);
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    for (const [key, fleet] of this.#fleets) this.#startWaiting(key, fleet);
  }

  remove(key: string): void {
    for (const stream of [...this.#streams]) {
      if (stream.node?.cluster === key) stream.end(status.UNAVAILABLE, "the fleet is gone");
    }
    this.#fleets.delete(key);
  }

  streams(): readonly StreamInfo[] {
    return [...this.#streams].map(describeStream);
  }

  resources(key: string): FleetChange | undefined {
    return this.#fleets.get(key)?.resources();
  }

  close(): Promise<void> {
    if (this.#credentials instanceof MutualTlsCredentials) this.#credentials.close();
    for (const stream of [...this.#streams]) stream.end(status.UNAVAILABLE, "the control plane stops");
    this.#grpc.forceShutdown();
    return Promise.resolve();
  }

  join(stream: DiscoveryStream, node: NodeIdentity): Session | undefined {
    if (this.#isHeld) return undefined;
    return this.#fleets.get(node.cluster)?.join(stream, node.id);
  }

  leave(stream: DiscoveryStream): void {
    this.#streams.delete(stream);
    const { node } = stream;
    if (node === undefined) return;
    if (stream.session !== undefined) this.#fleets.get(node.cluster)?.leave(stream, stream.session);
    const info = { streamId: stream.id, nodeId: node.id, isDelta: stream.protocol === "delta" };
    this.#options.metrics?.streamClosed?.(info, (Date.now() - stream.startedAt) / 1_000);
  }

  onProblem(message: string, node?: string): void {
    if (node !== undefined && !this.#problemPace.isDue(node)) return;
    this.#options.onProblem?.(message);
  }

  #startWaiting(key: string, fleet: Fleet): void {
    for (const stream of this.#streams) {
      if (stream.session !== undefined || stream.node?.cluster !== key) continue;
      stream.start(fleet.join(stream, stream.node.id));
    }
  }

  #sessionFailed(session: Session, error: unknown): void {
    const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.onProblem(`xDS session of ${session.options.node} ended: ${details}`);
    for (const stream of [...this.#streams]) {
      if (stream.session === session) stream.end(status.INTERNAL, "internal error");
    }
  }
}

function channelOptions(options: XdsServerOptions): ChannelOptions {
  return {
    "grpc.max_receive_message_length": options.maxReceiveMessageBytes ?? 32 * 1024 * 1024,
    "grpc.max_send_message_length": -1,
    "grpc.max_connection_age_ms": options.maxConnectionAgeMs ?? (10 + 2 * Math.random()) * hourMs,
    "grpc.max_connection_age_grace_ms": options.maxConnectionAgeGraceMs ?? 120_000,
    "grpc.keepalive_time_ms": options.keepaliveMs ?? 30_000,
    "grpc.keepalive_timeout_ms": 20_000,
  };
}
