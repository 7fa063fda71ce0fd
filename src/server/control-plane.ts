import { join } from "node:path";
import { durationMs } from "../api/duration.ts";
import { quantityBytes } from "../api/quantity.ts";
import type { EnvoyGateway } from "../api/v1alpha1/envoygateway.ts";
import { registry } from "../features/kinds.ts";
import type { Infrastructure } from "../infra/fleet.ts";
import type { StatusView } from "../status/view.ts";
import type { Rejection } from "../xds/rejection.ts";
import { createXdsServer, type XdsServer } from "../xds/server.ts";
import { type CommitListener, CommitReport } from "./commit-report.ts";
import { Controller } from "./controller.ts";
import { HeapCompaction } from "./heap-compaction.ts";
import { hostWithPort } from "./http/addresses.ts";
import { type ListenPlan, probeListen } from "./http/listen.ts";
import type { Logs } from "./logs/logs.ts";
import { messageOf } from "./message-of.ts";
import type { MetricStore } from "./metrics/metric-store.ts";
import { xdsMetrics } from "./metrics/xds-metrics.ts";
import type { Platform } from "./platform.ts";
import { StartError } from "./start-error.ts";
import { createTranslation, type Surroundings } from "./translation-settings.ts";

/** What a control plane is started with. */
export interface ControlPlaneOptions {
  readonly config: EnvoyGateway;
  readonly platform: Platform;
  readonly xds: ListenPlan;
  readonly surroundings: Surroundings;
  readonly logs: Logs;
  readonly metrics: MetricStore;
  readonly onCommit?: CommitListener | undefined;
  /** Ends a start that is under way, which then rejects with a {@link StartError}. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Everything between the objects and the Envoys, for one configuration of the provider: xDS server, source, translation, infrastructure,
 * statuses. Where it runs is the platform's matter.
 */
export class ControlPlane {
  readonly platform: Platform;
  readonly xds: XdsServer;
  readonly infrastructure: Infrastructure | undefined;
  readonly controller: Controller;
  readonly #memory = new HeapCompaction(() => this.#areEnvoysWaiting());
  readonly report: CommitReport;
  readonly #options: ControlPlaneOptions;
  #statuses: StatusView | undefined;
  #xdsPort = 0;

  private constructor(options: ControlPlaneOptions, xds: XdsServer, xdsPort: number) {
    const { config, logs, metrics, platform } = options;
    this.#options = options;
    this.platform = platform;
    this.xds = xds;
    this.#xdsPort = xdsPort;
    this.infrastructure = platform.createInfrastructure(xdsPort);
    this.report = new CommitReport({ logs, metrics, listeners: options.onCommit ? [options.onCommit] : [] });
    this.controller = new Controller({
      source: platform.source,
      translation: createTranslation(config, options.surroundings),
      xds,
      infrastructure: this.infrastructure,
      addresses: () => platform.addresses?.() ?? [],
      localAddresses: () => platform.localAddresses?.(),
      onCommit: (commit) => {
        this.report.add(commit);
        platform.committed?.(commit);
        this.#memory.noteBatch(commit.batch?.changes.length ?? 0);
      },
    });
  }

  /** Starts everything; resolves when what is in the manifests was handed to the Envoys. Throws a {@link StartError}. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const { logs, platform } = options;
    await platform.prepare();
    let plane: ControlPlane | undefined;
    const tell = (what: "rejected" | "recovered") => (rejection: Rejection) => {
      // Not at once: the server is in the middle of an Envoy's message.
      setImmediate(() => plane?.[what](rejection));
    };
    const maxAge = durationMs(options.config.xdsServer.maxConnectionAge);
    const ageGrace = durationMs(options.config.xdsServer.maxConnectionAgeGrace);
    const { maxReceiveMessageSize } = options.config.xdsServer;
    const maxBytes = maxReceiveMessageSize === undefined ? undefined : quantityBytes(maxReceiveMessageSize);
    const xds = createXdsServer({
      tls: {
        certFile: join(platform.certificates, "tls.crt"),
        keyFile: join(platform.certificates, "tls.key"),
        caFile: join(platform.certificates, "ca.crt"),
      },
      hold: true,
      authorize: platform.authorize,
      ...(maxAge !== undefined && { maxConnectionAgeMs: maxAge }),
      ...(ageGrace !== undefined && { maxConnectionAgeGraceMs: ageGrace }),
      ...(maxBytes !== undefined && { maxReceiveMessageBytes: maxBytes }),
      metrics: xdsMetrics(options.metrics),
      onRejected: tell("rejected"),
      onRecovered: tell("recovered"),
      onProblem: (message) => logs.for("xds").warn(message),
    });
    const port = await listenXds(xds, options.xds);
    plane = new ControlPlane(options, xds, port);
    try {
      await plane.#start();
      return plane;
    } catch (error) {
      await plane.stop({ keepEnvoys: true });
      throw error;
    }
  }

  /** Port of the xDS server. */
  get xdsPort(): number {
    return this.#xdsPort;
  }

  /** Statuses of all objects; none before the first load. */
  get statuses(): StatusView | undefined {
    return this.#statuses;
  }

  /** Objects that no Envoy accepts as they are now are found in their statuses; here it is logged. */
  rejected(rejection: Rejection): void {
    const { node, type, name, virtualHost, message, from } = rejection;
    this.#options.logs
      .for("xds")
      .error(
        { node, type, resource: name, ...(virtualHost && { virtualHost }), from },
        `an Envoy refuses a resource: ${message}`,
      );
    this.controller.rejected(rejection);
  }

  recovered(rejection: Rejection): void {
    this.#options.logs
      .for("xds")
      .info({ node: rejection.node, resource: rejection.name }, "a refused resource was replaced");
    this.controller.recovered(rejection);
  }

  /** Takes over what can change while everything runs: extension APIs, names, settings of Envoys. */
  applyConfig(config: EnvoyGateway): void {
    const kinds = registry.kinds.map(({ kind }) => kind);
    this.controller.replaceTranslation(createTranslation(config, this.#options.surroundings), kinds);
  }

  /** Stops; with `keepEnvoys` the Envoys go on serving what they have, otherwise they drain and end. */
  async stop({ keepEnvoys }: { readonly keepEnvoys: boolean }): Promise<void> {
    this.#memory.stop();
    await this.controller.stop();
    await this.infrastructure?.stop({ keepEnvoys });
    await this.xds.close();
    await this.platform.stop();
  }

  async #start(): Promise<void> {
    const { signal } = this.#options;
    const onAbort = (): void => void this.controller.stop();
    signal?.addEventListener("abort", onAbort);
    const isRead = this.controller.start();
    // A failure while objects are read is that of the start; until then nobody waits for it.
    await Promise.all([isRead, this.platform.reading(this)]);
    signal?.removeEventListener("abort", onAbort);
    if (!this.controller.isLoaded) throw new StartError("The control plane was stopped before everything was read.");
    const statuses = await this.platform.loaded(this);
    this.#statuses = statuses;
    this.report.useStatuses(statuses);
  }

  /** Whether an Envoy is still starting or has not taken yet what it was sent. */
  #areEnvoysWaiting(): boolean {
    const starting = this.infrastructure?.statuses().some(({ replicas }) => replicas.available < replicas.desired);
    return starting || this.xds.streams().some(({ types }) => types.some(({ inFlight }) => inFlight !== undefined));
  }
}

/** Looks at the port first: gRPC does not tell why it cannot have one. */
async function listenXds(xds: XdsServer, plan: ListenPlan): Promise<number> {
  try {
    const problem = plan.port === 0 ? undefined : await probeListen(plan);
    if (problem) throw problem;
    return await xds.listen(hostWithPort(plan.host, plan.port));
  } catch (error) {
    await xds.close();
    if (error instanceof StartError) throw error;
    throw new StartError(`${plan.what} cannot listen: ${messageOf(error)}`);
  }
}
