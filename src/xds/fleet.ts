import type { FleetChange } from "../translate/resources.ts";
import { FleetStore } from "./fleet-store.ts";
import type { XdsServerOptions } from "./options.ts";
import { typeUrls } from "./resource-types.ts";
import { Session } from "./session.ts";
import type { DiscoveryStream } from "./stream.ts";

/** One fleet: its newest resources, and the sessions of its Envoys. */
export class Fleet {
  readonly #key: string;
  readonly #options: XdsServerOptions;
  readonly #store = new FleetStore();
  readonly #sessions = new Set<Session>();
  /** Sessions made of single-type streams, by `node.id`. */
  readonly #shared = new Map<string, Session>();

  constructor(key: string, options: XdsServerOptions) {
    this.#key = key;
    this.#options = options;
  }

  /**
   * Takes in a change and sends it; a session that throws is given to `onFailure`, the others are served. Returns
   * whether anything differs now.
   */
  update(change: FleetChange, onFailure: (session: Session, error: unknown) => void): boolean {
    const changes = this.#store.apply(change);
    if (changes.length === 0) return false;
    for (const session of [...this.#sessions]) {
      try {
        session.changed(changes);
        session.pump();
      } catch (error) {
        onFailure(session, error);
      }
    }
    return true;
  }

  /** Everything in the store, as a change that adds it. */
  resources(): FleetChange {
    return this.#store.contents();
  }

  /**
   * The session of a stream. Single-type streams of one Envoy share one, so that its routes wait for its clusters;
   * a second stream of the same type under the same `node.id` is another Envoy's.
   */
  join(stream: DiscoveryStream, node: string): Session {
    if (stream.type === undefined) return this.#open(node);
    const shared = this.#shared.get(node);
    if (shared !== undefined && !shared.channels.has(stream.type)) return shared;
    const session = this.#open(node);
    this.#shared.set(node, session);
    return session;
  }

  /** Ends what the stream had in its session. */
  leave(stream: DiscoveryStream, session: Session): void {
    if (!session.detach(stream)) return;
    this.#sessions.delete(session);
    const { node } = session.options;
    if (this.#shared.get(node) === session) this.#shared.delete(node);
  }

  #open(node: string): Session {
    const { graceMs = 5_000, tableWaitMs = 5_000, metrics } = this.#options;
    const session = new Session({
      fleet: this.#key,
      node,
      store: this.#store,
      graceMs,
      tableWaitMs,
      onSent: (type, bytes) => metrics?.pushed?.(type, bytes),
      onRefused: (type) => metrics?.nack?.(node, typeUrls[type]),
      onRejected: (rejection) => this.#options.onRejected?.(rejection),
      onRecovered: (rejection) => this.#options.onRecovered?.(rejection),
    });
    this.#sessions.add(session);
    return session;
  }
}
