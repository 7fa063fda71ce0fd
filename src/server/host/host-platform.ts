import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ObjectKey } from "../../api/object.ts";
import type { EnvoyGateway } from "../../api/v1alpha1/envoygateway.ts";
import { ensureCertificates } from "../../certificates/ensure.ts";
import { inspectCertificates } from "../../certificates/inspect.ts";
import { certificateDirectory } from "../../certificates/layout.ts";
import { keepCertificatesFresh } from "../../certificates/rotation.ts";
import { registry } from "../../features/kinds.ts";
import type { Infrastructure } from "../../infra/fleet.ts";
import { type HostDirectories, hostDirectories } from "../../infra/host/directories.ts";
import { createHostInfra } from "../../infra/host/host-infra.ts";
import { admit } from "../../schema/admit.ts";
import { createFileSource, type FileSource } from "../../sources/file/file-source.ts";
import type { Origin } from "../../sources/source.ts";
import { readJournal, StatusJournal } from "../../status/journal.ts";
import { StatusStore, type StoredStatus } from "../../status/store.ts";
import type { Statuses } from "../../status/view.ts";
import type { FleetState } from "../../translate/status/gateway-status.ts";
import { findFleetsEarly } from "../early-fleets.ts";
import { localAddresses, machineAddresses } from "../http/addresses.ts";
import type { Logs } from "../logs/logs.ts";
import { messageOf } from "../message-of.ts";
import type { MetricStore } from "../metrics/metric-store.ts";
import type { Platform, PlatformHost } from "../platform.ts";
import { StartError } from "../start-error.ts";
import { createTranslation, type Surroundings } from "../translation-settings.ts";

/** Envoys to choose from. */
export interface EnvoyChoice {
  /** Envoy named by the user. */
  readonly explicit?: string | undefined;
  readonly bundled?: readonly { readonly path: string; readonly version: string }[] | undefined;
  readonly searchPath?: string | undefined;
}

export interface HostPlatformOptions {
  readonly config: EnvoyGateway;
  readonly surroundings: Surroundings;
  readonly envoy: EnvoyChoice;
  readonly logs: Logs;
  readonly metrics: MetricStore;
  readonly clock: () => Date;
}

/** A control plane on a machine: manifests in files, Envoys as processes, statuses in a file, certificates of its own. */
export class HostPlatform implements Platform {
  readonly source: FileSource;
  readonly certificates: string;
  readonly #options: HostPlatformOptions;
  readonly #directories: HostDirectories;
  readonly #paths: readonly string[];
  readonly #aborted = new AbortController();
  #infrastructure: Infrastructure | undefined;
  #journal: StatusJournal | undefined;

  constructor(options: HostPlatformOptions) {
    const { config, logs } = options;
    this.#options = options;
    this.#directories = hostDirectories(config.provider.custom?.infrastructure?.host);
    this.certificates = certificateDirectory(this.#directories.configHome, "envoy-gateway");
    this.#paths = config.provider.custom?.resource.file?.paths ?? [];
    this.source = createFileSource({
      paths: this.#paths,
      registry,
      admit,
      defaultNamespace: options.surroundings.namespace,
      onFailure: (error) =>
        logs.for("provider").error({ error }, "reading manifests failed because of a mistake of this program"),
    });
  }

  async prepare(): Promise<void> {
    const { logs, clock } = this.#options;
    const { configHome } = this.#directories;
    const logger = logs.for("server");
    try {
      const { created, replaced, problems } = await ensureCertificates({ configHome, now: clock() });
      for (const problem of problems) logger.warn(`certificates in ${configHome}: ${problem}`);
      if (created.length > 0 || replaced.length > 0) {
        logger.info({ created, replaced }, `made the certificates between control plane and Envoys in ${configHome}`);
      }
    } catch (error) {
      const reason = messageOf(error);
      throw new StartError(
        `The certificates between control plane and Envoys cannot be written to ${configHome}: ${reason}. ` +
          "Choose another directory with provider.custom.infrastructure.host.configHome, or `run --state-dir`.",
      );
    }
  }

  createInfrastructure(xdsPort: number): Infrastructure | undefined {
    const { config, logs, envoy } = this.#options;
    if (config.provider.custom?.infrastructure?.type !== "Host") return undefined;
    this.#infrastructure = createHostInfra({
      directories: this.#directories,
      xdsAddress: { host: "127.0.0.1", port: xdsPort },
      logger: logs.for("infrastructure"),
      explicitEnvoy: envoy.explicit,
      bundledEnvoys: envoy.bundled,
      searchPath: envoy.searchPath,
    });
    return this.#infrastructure;
  }

  /** Envoys start while objects are still being read. */
  async reading({ controller }: PlatformHost): Promise<void> {
    const infrastructure = this.#infrastructure;
    if (!infrastructure) return;
    const early = createTranslation(this.#options.config, this.#options.surroundings);
    const fleets = await findFleetsEarly(this.#paths, registry, early);
    if (!controller.isLoaded) for (const fleet of fleets) infrastructure.upsert(fleet);
  }

  async loaded(): Promise<Statuses> {
    const store = await this.#openStatuses();
    await this.#measureCertificates();
    void this.#renewCertificates();
    return store;
  }

  addresses(): FleetState["addresses"] {
    return machineAddresses().map((value) => ({ type: "IPAddress", value }));
  }

  localAddresses(): readonly string[] {
    return localAddresses();
  }

  origin(kind: string, key: ObjectKey): Origin | undefined {
    return this.source.origin(kind, key);
  }

  async stop(): Promise<void> {
    this.#aborted.abort();
    await this.#journal?.flush();
  }

  async #openStatuses(): Promise<StatusStore> {
    const { logs, metrics, clock, config } = this.#options;
    const path = join(this.#directories.stateHome, "status.jsonl");
    const initial: readonly StoredStatus[] = await readJournal(path);
    const journal: StatusJournal = new StatusJournal({
      path,
      statuses: () => store.list(),
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
    this.#journal = journal;
    return store;
  }

  /** Tells in the metrics when the first of the certificates runs out. */
  async #measureCertificates(): Promise<void> {
    const { clock, metrics } = this.#options;
    const { certificates } = await inspectCertificates(this.#directories.configHome, clock());
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
        configHome: this.#directories.configHome,
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
