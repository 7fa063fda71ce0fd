import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { durationMs } from "../api/duration.ts";
import type { EnvoyGateway } from "../api/v1alpha1/envoygateway.ts";
import { ensureCertificates } from "../certificates/ensure.ts";
import { inspectCertificates } from "../certificates/inspect.ts";
import { certificateDirectory } from "../certificates/layout.ts";
import { keepCertificatesFresh } from "../certificates/rotation.ts";
import { registry } from "../features/kinds.ts";
import type { Infrastructure } from "../infra/fleet.ts";
import { type HostDirectories, hostDirectories } from "../infra/host/directories.ts";
import { createHostInfra } from "../infra/host/host-infra.ts";
import { admit } from "../schema/admit.ts";
import { createFileSource, type FileSource } from "../sources/file/file-source.ts";
import { readJournal, StatusJournal } from "../status/journal.ts";
import { StatusStore, type StoredStatus } from "../status/store.ts";
import type { Rejection } from "../xds/resources.ts";
import { createXdsServer, type XdsServer } from "../xds/server.ts";
import { type CommitListener, CommitReport } from "./commit-report.ts";
import { quantityBytes } from "./config/quantity.ts";
import { Controller } from "./controller.ts";
import { findFleetsEarly } from "./early-fleets.ts";
import { HeapCompaction } from "./heap-compaction.ts";
import { localAddresses, machineAddresses } from "./http/addresses.ts";
import { type ListenPlan, probeListen } from "./http/listen.ts";
import type { Logs } from "./logs/logs.ts";
import type { MetricStore } from "./metrics/metric-store.ts";
import { xdsMetrics } from "./metrics/xds-metrics.ts";
import { StartError } from "./start-error.ts";
import { createTranslation, type Surroundings } from "./translation-settings.ts";

/** What a control plane is started with. */
export interface ControlPlaneOptions {
  readonly config: EnvoyGateway;
  readonly xds: ListenPlan;
  readonly surroundings: Surroundings;
  readonly envoy: {
    /** Envoy named by the user. */
    readonly explicit?: string | undefined;
    readonly bundled?: readonly { readonly path: string; readonly version: string }[] | undefined;
    readonly searchPath?: string | undefined;
  };
  readonly logs: Logs;
  readonly metrics: MetricStore;
  readonly clock: () => Date;
  readonly onCommit?: CommitListener | undefined;
}

/**
 * Everything between the manifests and the Envoys, for one configuration of the provider: certificates, xDS server, source,
 * translation, infrastructure, statuses.
 */
export class ControlPlane {
  readonly directories: HostDirectories;
  readonly xds: XdsServer;
  readonly source: FileSource;
  readonly infrastructure: Infrastructure | undefined;
  readonly controller: Controller;
  readonly #memory = new HeapCompaction(() => this.#areEnvoysWaiting());
  readonly report: CommitReport;
  readonly #options: ControlPlaneOptions;
  readonly #paths: readonly string[];
  readonly #aborted = new AbortController();
  #store: StatusStore | undefined;
  #journal: StatusJournal | undefined;
  #xdsPort = 0;

  private constructor(options: ControlPlaneOptions, xds: XdsServer, xdsPort: number) {
    const { config, logs, metrics } = options;
    this.#options = options;
    this.xds = xds;
    this.#xdsPort = xdsPort;
    this.directories = directoriesOf(config);
    this.#paths = config.provider.custom?.resource.file?.paths ?? [];
    this.source = createFileSource({
      paths: this.#paths,
      registry,
      admit,
      defaultNamespace: options.surroundings.namespace,
      onFailure: (error) =>
        logs.for("provider").error({ error }, "reading manifests failed because of a mistake of this program"),
    });
    this.infrastructure = config.provider.custom?.infrastructure?.type === "Host" ? this.#createInfra() : undefined;
    this.report = new CommitReport({ logs, metrics, listeners: options.onCommit ? [options.onCommit] : [] });
    this.controller = new Controller({
      source: this.source,
      translation: createTranslation(config, options.surroundings),
      xds,
      infrastructure: this.infrastructure,
      addresses: () => machineAddresses().map((value) => ({ type: "IPAddress", value })),
      localAddresses,
      onCommit: (commit) => {
        this.report.add(commit);
        this.#memory.noteBatch(commit.batch?.changes.length ?? 0);
      },
    });
  }

  /** Starts everything; resolves when what is in the manifests was handed to the Envoys. Throws a {@link StartError}. */
  static async start(options: ControlPlaneOptions): Promise<ControlPlane> {
    const { logs } = options;
    const { configHome } = directoriesOf(options.config);
    await prepareCertificates(configHome, options);
    let plane: ControlPlane | undefined;
    const tell = (what: "rejected" | "recovered") => (rejection: Rejection) => {
      // Not at once: the server is in the middle of an Envoy's message.
      setImmediate(() => plane?.[what](rejection));
    };
    const certificates = certificateDirectory(configHome, "envoy-gateway");
    const maxAge = durationMs(options.config.xdsServer.maxConnectionAge);
    const ageGrace = durationMs(options.config.xdsServer.maxConnectionAgeGrace);
    const { maxReceiveMessageSize } = options.config.xdsServer;
    const maxBytes = maxReceiveMessageSize === undefined ? undefined : quantityBytes(maxReceiveMessageSize);
    const xds = createXdsServer({
      tls: {
        certFile: join(certificates, "tls.crt"),
        keyFile: join(certificates, "tls.key"),
        caFile: join(certificates, "ca.crt"),
      },
      hold: true,
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
  get statuses(): StatusStore | undefined {
    return this.#store;
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
    this.#aborted.abort();
    await this.controller.stop();
    await this.infrastructure?.stop({ keepEnvoys });
    await this.xds.close();
    await this.#journal?.flush();
  }

  async #start(): Promise<void> {
    const { infrastructure } = this;
    const isRead = this.controller.start();
    if (infrastructure) {
      const early = createTranslation(this.#options.config, this.#options.surroundings);
      const fleets = await findFleetsEarly(this.#paths, registry, early);
      if (!this.controller.isLoaded) for (const fleet of fleets) infrastructure.upsert(fleet);
    }
    await isRead;
    await this.#openStatuses();
    await this.#measureCertificates();
    void this.#renewCertificates();
  }

  async #openStatuses(): Promise<void> {
    const { logs, metrics, clock, config } = this.#options;
    const path = join(this.directories.stateHome, "status.jsonl");
    const initial: readonly StoredStatus[] = await readJournal(path);
    const journal = new StatusJournal({
      path,
      statuses: () => this.#store?.list() ?? [],
      onTrouble: (error) =>
        logs.for("provider").warn({ error }, `statuses cannot be written to ${path}; they are kept in memory`),
      onRecovered: () => logs.for("provider").info(`statuses are written to ${path} again`),
    });
    const store = new StatusStore({
      controllerName: config.gateway.controllerName,
      clock,
      initial,
      writers: [journal],
    });
    const logger = logs.for("provider");
    store.watch(({ kind, key, status }) => {
      metrics.count("status_update_total", { kind, status: "success" });
      if (logger.isLevelEnabled("debug")) logger.debug({ kind, object: key, status }, "status changed");
    });
    this.#store = store;
    this.#journal = journal;
    this.report.useStore(store);
  }

  #createInfra(): Infrastructure {
    const { logs, envoy } = this.#options;
    return createHostInfra({
      directories: this.directories,
      xdsAddress: { host: "127.0.0.1", port: this.#xdsPort },
      logger: logs.for("infrastructure"),
      explicitEnvoy: envoy.explicit,
      bundledEnvoys: envoy.bundled,
      searchPath: envoy.searchPath,
    });
  }

  /** Whether an Envoy is still starting or has not taken yet what it was sent. */
  #areEnvoysWaiting(): boolean {
    const starting = this.infrastructure?.statuses().some(({ replicas }) => replicas.available < replicas.desired);
    return starting || this.xds.streams().some(({ types }) => types.some(({ inFlight }) => inFlight !== undefined));
  }

  /** Tells in the metrics when the first of the certificates runs out. */
  async #measureCertificates(): Promise<void> {
    const { clock, metrics } = this.#options;
    const { certificates } = await inspectCertificates(this.directories.configHome, clock());
    const ends = certificates.flatMap(({ notAfter }) => (notAfter ? [notAfter.getTime()] : []));
    if (ends.length > 0) metrics.set("certificate_expiry_seconds", {}, Math.floor(Math.min(...ends) / 1_000));
  }

  #renewCertificates(): Promise<void> {
    const { logs, clock } = this.#options;
    const logger = logs.for("server");
    const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
      pause(ms, undefined, { signal, ref: false }).catch(() => undefined);
    return keepCertificatesFresh(
      {
        configHome: this.directories.configHome,
        clock: { now: clock, sleep },
        onRenewed: (notAfter) => {
          void this.#measureCertificates();
          logger.info({ notAfter }, "the certificates between control plane and Envoys were renewed");
        },
        onFailed: (error) =>
          logger.warn({ error }, "the certificates between control plane and Envoys could not be renewed"),
      },
      this.#aborted.signal,
    );
  }
}

/** The directories the configuration names, or their defaults. */
export function directoriesOf(config: EnvoyGateway): HostDirectories {
  return hostDirectories(config.provider.custom?.infrastructure?.host);
}

async function prepareCertificates(configHome: string, { logs, clock }: ControlPlaneOptions): Promise<void> {
  const logger = logs.for("server");
  try {
    const { created, replaced, problems } = await ensureCertificates({ configHome, now: clock() });
    for (const problem of problems) logger.warn(`certificates in ${configHome}: ${problem}`);
    if (created.length > 0 || replaced.length > 0) {
      logger.info({ created, replaced }, `made the certificates between control plane and Envoys in ${configHome}`);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      `The certificates between control plane and Envoys cannot be written to ${configHome}: ${reason}. ` +
        "Choose another directory with provider.custom.infrastructure.host.configHome, or `run --state-dir`.",
    );
  }
}

/** Looks at the port first: gRPC does not tell why it cannot have one. */
async function listenXds(xds: XdsServer, plan: ListenPlan): Promise<number> {
  try {
    const problem = plan.port === 0 ? undefined : await probeListen(plan);
    if (problem) throw problem;
    return await xds.listen(`${plan.host}:${plan.port}`);
  } catch (error) {
    await xds.close();
    if (error instanceof StartError) throw error;
    throw new StartError(`${plan.what} cannot listen: ${error instanceof Error ? error.message : String(error)}`);
  }
}
