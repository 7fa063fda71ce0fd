import { createHash } from "node:crypto";
import type { EnvoyProxyKubernetesProvider } from "../api/v1alpha1/envoyproxy/provider.ts";
import type { JsonObject } from "./bootstrap/json.ts";

/**
 * What an infrastructure (processes on this machine, or objects in a cluster) is told about the Envoys of one Gateway,
 * and what it tells back. Translation produces these as plain values; nothing here knows a Gateway API kind.
 */

/** An optional field that may also be present and `undefined`, as values read from user objects are. */
type Maybe<T> = T | undefined;

/** One operation of `spec.bootstrap.jsonPatches`: RFC 6902, or with `jsonPath` (RFC 9535) instead of or beside `path`. */
export interface BootstrapPatch {
  readonly op: string;
  readonly path?: Maybe<string>;
  readonly jsonPath?: Maybe<string>;
  readonly from?: Maybe<string>;
  readonly value?: unknown;
}

/**
 * The part of an EnvoyProxy's `spec` that shapes how an Envoy is started. The effective spec (base, GatewayClass, Gateway already
 * merged) can be passed as it is: further fields are ignored.
 */
export interface EnvoyProxySettings {
  readonly provider?: Maybe<{
    readonly type?: Maybe<string>;
    /** Version of the Envoy to run, e.g. `1.40.0`. */
    readonly host?: Maybe<{ readonly envoyVersion?: Maybe<string> }>;
    /** How objects in a cluster differ from those made by default. */
    readonly kubernetes?: Maybe<EnvoyProxyKubernetesProvider>;
  }>;
  /** Component (or `default`) → level (`trace`, `debug`, `info`, `warn`, `error`, `critical`, `off`). */
  readonly logging?: Maybe<{ readonly level?: Maybe<Readonly<Record<string, string>>> }>;
  readonly telemetry?: Maybe<{
    readonly metrics?: Maybe<{
      readonly prometheus?: Maybe<{
        readonly disable?: Maybe<boolean>;
        readonly compression?: Maybe<{ readonly type?: Maybe<string> }>;
      }>;
      /** Statistics that are kept; absent: all. `type`: `Exact`, `Prefix`, `Suffix` or `RegularExpression`. */
      readonly matches?: Maybe<readonly { readonly type: string; readonly value: string }[]>;
    }>;
  }>;
  readonly bootstrap?: Maybe<{
    readonly type?: Maybe<string>;
    /** YAML text of a bootstrap (whole for `Replace`, a part for `Merge`). */
    readonly value?: Maybe<string>;
    readonly jsonPatches?: Maybe<readonly BootstrapPatch[]>;
  }>;
  /** Number of worker threads; absent: one for each processor. */
  readonly concurrency?: Maybe<number>;
  /** Appended behind all other arguments. */
  readonly extraArgs?: Maybe<readonly string[]>;
  /** Durations as Gateway API strings, e.g. `60s`. */
  readonly shutdown?: Maybe<{
    readonly drainTimeout?: Maybe<string>;
    readonly minDrainDuration?: Maybe<string>;
    readonly healthCheckFailureDelay?: Maybe<string>;
  }>;
  /** `IPv4` (default), `IPv6` or `DualStack`. */
  readonly ipFamily?: Maybe<string>;
}

/** A port on which a fleet accepts traffic. */
export interface FleetPort {
  /** Name of the Gateway's listener, for messages. */
  readonly name: string;
  readonly port: number;
  readonly transport: "TCP" | "UDP";
  /** The listener's protocol, e.g. `HTTPS`. Default: `transport`. */
  readonly protocol?: string;
}

/** Whose Envoys a fleet's are; its objects in a cluster carry that. */
export interface FleetOwner {
  readonly gatewayClass: { readonly name: string; readonly uid?: string };
  /** Absent where the Gateways of a class are merged. */
  readonly gateway?: { readonly namespace: string; readonly name: string; readonly uid?: string };
  /** `spec.infrastructure` of the Gateway: what every object gets besides its own. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** IP addresses that `spec.addresses` asks for. */
  readonly addresses: readonly string[];
}

/** An address at which a fleet is reached. */
export interface FleetAddress {
  readonly type: "IPAddress" | "Hostname";
  readonly value: string;
}

/** The Envoys of one Gateway as they should be. */
export interface FleetSpec {
  /** `<namespace>/<name>` of the Gateway, or the GatewayClass's name where Gateways are merged. Envoy's `node.cluster`. */
  readonly key: string;
  /** Name of the infrastructure, see {@link fleetName}. Envoy's `node.id` on a host. */
  readonly name: string;
  /** Effective settings; absent: all defaults. */
  readonly envoyProxy?: EnvoyProxySettings | undefined;
  /** Ports of all valid listeners. A change of ports never restarts an Envoy. */
  readonly ports: readonly FleetPort[];
  /** Where its Envoys send statistics; absent: nowhere. */
  readonly statsSinks?: readonly FleetStatsSink[];
  /** Absent where nobody but the key tells whose it is. */
  readonly owner?: FleetOwner | undefined;
}

/** A place that statistics are sent to, in proto3 JSON: `config.metrics.v3.StatsSink`, and the static cluster that leads there. */
export interface FleetStatsSink {
  readonly cluster: JsonObject;
  readonly sink: JsonObject;
}

/** Something about a fleet that its owner should know. */
export interface FleetProblem {
  readonly severity: "error" | "warning";
  /**
   * `envoy-not-found`, `envoy-unusable`, `envoy-version`, `envoy-exited`, `port-busy`, `port-forbidden`, `bootstrap-invalid`,
   * `directory-unusable`, `object-invalid`, `object-foreign`, `address-unusable`, `label-reserved`, `api-server`.
   */
  readonly code: string;
  /** One or two sentences: what is wrong and what to do. */
  readonly message: string;
  /** Path of the EnvoyProxy's field at fault, e.g. `spec.bootstrap.value`. */
  readonly field?: string;
}

/**
 * Where a fleet is in its life. `starting`: the process runs but has not received its first configuration; `serving`: it has;
 * `waiting`: it died or could not be started and is tried again; `failed`: not tried again until its spec changes;
 * `stopping`: it drains; `stopped`: gone.
 */
export type FleetState = "starting" | "serving" | "waiting" | "failed" | "stopping" | "stopped";

/** What is known about a fleet now. */
export interface FleetStatus {
  readonly key: string;
  readonly name: string;
  readonly state: FleetState;
  readonly pid?: number | undefined;
  /** `host:port` of Envoy's admin interface, as soon as Envoy has told it. */
  readonly adminAddress?: string | undefined;
  /** The process was started by an earlier control plane and taken over. */
  readonly isAdopted: boolean;
  /** How often Envoy was started again after it died, since the control plane started. */
  readonly restarts: number;
  readonly replicas: { readonly desired: number; readonly available: number };
  /** Where clients reach it; absent: the infrastructure does not know, as on a host, where that is the machine's matter. */
  readonly addresses?: readonly FleetAddress[] | undefined;
  /** Addresses that were asked for and that nothing leads to. */
  readonly unusableAddresses?: readonly string[] | undefined;
  readonly problems: readonly FleetProblem[];
}

/** Runs fleets. */
export interface Infrastructure {
  /**
   * Brings one fleet to its desired form: starts, adopts, replaces or leaves alone what runs. Returns at once; progress is told to
   * watchers. May (and should) be called as soon as a fleet is known, before its configuration is complete: an Envoy that has
   * nothing yet waits for its first configuration without answering.
   */
  upsert(spec: FleetSpec): void;
  /** Drains and stops a fleet; one that is not there is ignored. */
  remove(key: string): void;
  /**
   * Upserts all of `specs` and stops every other fleet, also those left behind by an earlier control plane. Of `idle` ones, which have
   * nothing to serve at the moment, infrastructure that keeps addresses leaves what there is as it is.
   */
  reconcile(specs: readonly FleetSpec[], idle?: readonly FleetSpec[]): void;
  statuses(): readonly FleetStatus[];
  /** Calls `listener` at every change of a fleet's status; the returned function ends that. */
  watch(listener: (status: FleetStatus) => void): () => void;
  /** Resolves when nothing is being started, replaced or stopped any more. */
  settled(): Promise<void>;
  /** Ends supervision. With `keepEnvoys` they go on serving and the next control plane adopts them; otherwise they drain and end. */
  stop(options: { readonly keepEnvoys: boolean }): Promise<void>;
}

/** What infrastructure writes its log to; a pino logger fits. */
export interface InfraLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

const maxNameLength = 48;

/**
 * Name of a fleet's infrastructure: `envoy-<key with dashes, at most 48 characters>-<first 8 hex digits of the key's SHA-256>`.
 * Equal to the original's names, so that existing dashboards and patches go on working: `default/eg` → `envoy-default-eg-e41e7b31`.
 * Only dots become dashes as well: no Service may have them in its name.
 */
export function fleetName(key: string): string {
  const base = key.replaceAll(/[/.]/g, "-").slice(0, maxNameLength).replace(/-+$/, "");
  return `envoy-${base}-${createHash("sha256").update(key).digest("hex").slice(0, 8)}`;
}
