import type { FleetChange } from "../../translate/resources.ts";
import type { Outlet, Protocol } from "../channel.ts";
import { FleetStore } from "../fleet-store.ts";
import type { DiscoveryRequest } from "../messages.ts";
import type { Rejection } from "../rejection.ts";
import { type ResourceType, typeUrls } from "../resource-types.ts";
import { Session } from "../session.ts";
import { FieldReader, type Parts } from "../wire.ts";
import { decodeResponse, type ReceivedResponse } from "./model-resources.ts";

/** A session without network whose every request a test writes itself. */
export class SessionDriver implements Outlet {
  isBlocked = false;
  /** What `write` returns: `false` for a stream that takes no more. */
  takesMore = true;
  readonly store: FleetStore;
  readonly session: Session;
  readonly rejected: Rejection[] = [];
  readonly recovered: Rejection[] = [];
  readonly #protocol: Protocol;
  readonly #unseen: ReceivedResponse[] = [];
  readonly #nonces = new Map<string, string>();

  constructor({ store = new FleetStore(), node = "envoy-1", protocol = "delta" as Protocol } = {}) {
    this.store = store;
    this.#protocol = protocol;
    this.session = new Session({
      fleet: "f",
      node,
      store,
      graceMs: 5_000,
      tableWaitMs: 1_000,
      onSent: () => undefined,
      onRefused: () => undefined,
      onRejected: (rejection) => this.rejected.push(rejection),
      onRecovered: (rejection) => this.recovered.push(rejection),
    });
  }

  write(message: Parts): boolean {
    const response = decodeResponse(new FieldReader(message.join()), this.#protocol === "delta");
    this.#unseen.push(response);
    this.#nonces.set(response.typeUrl, response.nonce);
    return this.takesMore;
  }

  update(change: FleetChange): void {
    this.session.changed(this.store.apply(change));
    this.session.pump();
  }

  request(type: ResourceType, request: Partial<DiscoveryRequest>): void {
    const whole = {
      node: undefined,
      typeUrl: typeUrls[type],
      nonce: "",
      error: undefined,
      names: [],
      unsubscribed: [],
      initialVersions: new Map<string, string>(),
      version: "",
      ...request,
    };
    this.session.receive(type, whole, this, this.#protocol);
  }

  acknowledge(...types: readonly ResourceType[]): void {
    for (const type of types) this.request(type, { nonce: this.#nonces.get(typeUrls[type]) ?? "" });
  }

  refuse(type: ResourceType, error: string): void {
    this.request(type, { nonce: this.#nonces.get(typeUrls[type]) ?? "", error });
  }

  /** Takes the responses written since the last call, each as `type: names`; a table lists its virtual hosts. */
  taken(): string[] {
    return this.responses().map((response) => {
      const type = Object.entries(typeUrls).find(([, url]) => url === response.typeUrl)?.[0] ?? response.typeUrl;
      const names = response.resources.map(({ name, hosts }) =>
        type === "route"
          ? `${name}[${hosts
              .map((host) => host.name + host.salt)
              .sort()
              .join(" ")}]`
          : name,
      );
      return [`${type}:`, ...names.sort(), ...response.removed.map((name) => `-${name}`)].join(" ");
    });
  }

  /** Takes the responses written since the last call. */
  responses(): readonly ReceivedResponse[] {
    return this.#unseen.splice(0);
  }
}
