import type { Server } from "node:http";
import { hostname } from "node:os";
import type { EnvoyGateway } from "../api/v1alpha1/envoygateway.ts";
import { createAdminServer } from "./admin/admin-server.ts";
import type { CommitListener } from "./commit-report.ts";
import { type ConfigChange, changeOf } from "./config/change.ts";
import { type ConfigResult, defaultConfig, loadConfig } from "./config/load-config.ts";
import { type ConfigProblem, problemLine } from "./config/problem.ts";
import { watchFile } from "./config/watch-file.ts";
import { ControlPlane } from "./control-plane.ts";
import { createPlatform, directoriesOf, requireSupported, runsHere } from "./create-platform.ts";
import { hostWithPort } from "./http/addresses.ts";
import { createHealthServer } from "./http/health.ts";
import { closeHttp, type ListenPlan, listenHttp } from "./http/listen.ts";
import { forgetInstance, recordInstance, requireAlone } from "./instance.ts";
import { createLogs, type LogDestination, type Logs } from "./logs/logs.ts";
import { messageOf } from "./message-of.ts";
import { MetricStore } from "./metrics/metric-store.ts";
import { createMetricsServer } from "./metrics/metrics-server.ts";
import { observeState } from "./metrics/state-metrics.ts";
import { type ServerPlans, type ServerPorts, serverPlans } from "./ports.ts";
import { StartError } from "./start-error.ts";
import { Telemetry } from "./telemetry/telemetry.ts";
import { surroundingsOf } from "./translation-settings.ts";
import { versionInfo } from "./version.ts";

/** How a server is made; nothing else is taken from the process, so that one process can hold several. */
export interface GatewayServerSettings {
  /** The configuration file, which is followed. Absent: `config`, or the defaults. */
  readonly configPath?: string | undefined;
  readonly config?: EnvoyGateway | undefined;
  /** Where it listens, as far as that is not to be the usual place or what the configuration says. */
  readonly ports?: ServerPorts | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Envoy named by the user, whatever the environment says. */
  readonly envoy?: string | undefined;
  /** Envoys installed with this program. */
  readonly bundledEnvoys?: readonly { readonly path: string; readonly version: string }[] | undefined;
  /** Directory with the control plane's certificate, for a control plane in a cluster. Default: `/certs`. */
  readonly certificates?: string | undefined;
  /** Where log lines go. */
  readonly output: LogDestination;
  readonly clock?: (() => Date) | undefined;
  readonly onCommit?: CommitListener | undefined;
}

/** The ports on which a server listens; 0 for what is turned off. */
export interface ListeningPorts {
  readonly xds: number;
  readonly admin: number;
  readonly metrics: number;
  readonly health: number;
}

/** A gateway: control plane, admin server, metrics, health. */
export interface GatewayServer {
  /**
   * Resolves when everything in the manifests is on its way to the Envoys. Throws a {@link StartError} when something keeps it from
   * starting that its user can mend; nothing is left running then.
   */
  start(): Promise<void>;
  /** Stops; with `keepEnvoys` the Envoys go on serving, and the next server with the same directories takes them over. */
  stop(options: { readonly keepEnvoys: boolean }): Promise<void>;
  readonly ports: ListeningPorts;
  readonly config: EnvoyGateway;
  readonly plane: ControlPlane | undefined;
}

/** Makes a server; nothing listens or runs before `start`. */
export function createGatewayServer(settings: GatewayServerSettings): GatewayServer {
  return new StandaloneServer(settings);
}

class StandaloneServer implements GatewayServer {
  readonly #settings: GatewayServerSettings;
  readonly #metrics = new MetricStore();
  readonly #clock: () => Date;
  #config: EnvoyGateway;
  #logs: Logs | undefined;
  #plane: ControlPlane | undefined;
  #telemetry: Telemetry | undefined;
  #admin: Server | undefined;
  #metricsServer: Server | undefined;
  #health: Server | undefined;
  #ports: ListeningPorts = { xds: 0, admin: 0, metrics: 0, health: 0 };
  #stopWatching: (() => void) | undefined;
  #reloading: Promise<void> = Promise.resolve();
  #configProblems: readonly ConfigProblem[] = [];
  #starting: Promise<void> | undefined;
  #isStopped = false;
  readonly #aborted = new AbortController();

  constructor(settings: GatewayServerSettings) {
    this.#settings = settings;
    this.#clock = settings.clock ?? (() => new Date());
    this.#config = settings.config ?? defaultConfig();
  }

  get ports(): ListeningPorts {
    return { ...this.#ports, xds: this.#plane?.xdsPort ?? 0 };
  }

  get config(): EnvoyGateway {
    return this.#config;
  }

  get plane(): ControlPlane | undefined {
    return this.#plane;
  }

  start(): Promise<void> {
    this.#starting = this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { configPath, output } = this.#settings;
    const loaded = configPath === undefined ? undefined : await loadConfig(configPath);
    if (loaded) this.#config = startConfig(loaded);
    const logs = createLogs(this.#config.logging, output);
    this.#logs = logs;
    for (const problem of loaded?.problems ?? []) logs.for("server").warn(problemLine(problem));
    requireSupported(this.#config);
    if (configPath === undefined && !this.#settings.config)
      logs.for("server").info("no configuration file is given; the defaults hold");
    this.#dumpConfig();
    observeState(this.#metrics, () => this.#plane);
    const now = (): number => this.#clock().getTime();
    this.#telemetry = new Telemetry({ metrics: this.#metrics, logs, instance: `${hostname()}/${process.pid}`, now });
    this.#telemetry.apply(this.#config.telemetry);
    if (runsHere(this.#config)) await requireAlone(directoriesOf(this.#config).runtimeDir);
    try {
      const plans = serverPlans(this.#config, this.#settings.ports);
      await allOf([
        this.#listenHealth(plans.health),
        this.#listenAdmin(plans.admin),
        this.#listenMetrics(plans.metrics),
      ]);
      await this.#startPlane(plans.xds);
    } catch (error) {
      await this.#end({ keepEnvoys: true });
      throw error;
    }
    await this.#record();
    if (configPath !== undefined) {
      const onTrouble = (error: unknown): void =>
        logs.for("server").warn({ error }, `changes of ${configPath} will go unnoticed`);
      this.#stopWatching = watchFile(configPath, () => this.#reloadSoon(configPath), onTrouble);
    }
    logs.for("server").info({ version: versionInfo.envoyGatewayVersion, ...this.ports }, "serving");
  }

  async stop(options: { readonly keepEnvoys: boolean }): Promise<void> {
    this.#isStopped = true;
    this.#aborted.abort();
    // Whoever started it is told if that failed; here there is nothing left to stop then.
    await this.#starting?.catch(() => undefined);
    this.#stopWatching?.();
    await this.#reloading;
    await this.#end(options);
  }

  async #end(options: { readonly keepEnvoys: boolean }): Promise<void> {
    await this.#plane?.stop(options);
    await this.#telemetry?.stop();
    this.#plane = undefined;
    const servers = [this.#admin, this.#metricsServer, this.#health];
    await Promise.all(servers.map((server) => server && closeHttp(server)));
    forgetInstance(directoriesOf(this.#config).runtimeDir);
  }

  #dumpConfig(): void {
    if (this.#config.admin.enableDumpConfig)
      this.#requireLogs().for("server").info({ config: this.#config }, "configuration");
  }

  /** Tells commands on this machine where the admin server is. */
  async #record(): Promise<void> {
    if (!runsHere(this.#config)) return;
    const { runtimeDir } = directoriesOf(this.#config);
    const { host } = serverPlans(this.#config, this.#settings.ports).admin;
    await recordInstance(runtimeDir, hostWithPort(host, this.#ports.admin));
  }

  async #startPlane(xds: ListenPlan): Promise<void> {
    const surroundings = surroundingsOf(this.#settings.env);
    const logs = this.#requireLogs();
    const shared = { config: this.#config, surroundings, logs, metrics: this.#metrics, clock: this.#clock };
    this.#plane = await ControlPlane.start({
      ...shared,
      xds,
      platform: await createPlatform({ ...shared, settings: this.#settings }),
      signal: this.#aborted.signal,
      onCommit: (commit) => {
        this.#telemetry?.committed(commit);
        this.#settings.onCommit?.(commit);
      },
    });
  }

  async #listenHealth(plan: ListenPlan): Promise<void> {
    this.#health = createHealthServer([
      { name: "manifests", isPassed: () => this.#plane?.controller.isLoaded === true },
    ]);
    const port = await listenHttp(this.#health, plan);
    this.#ports = { ...this.#ports, health: port };
  }

  async #listenMetrics(plan: ListenPlan): Promise<void> {
    if (this.#config.telemetry.metrics.prometheus.disable) return;
    this.#metricsServer = createMetricsServer(this.#metrics, this.#requireLogs());
    const port = await listenHttp(this.#metricsServer, plan);
    this.#ports = { ...this.#ports, metrics: port };
  }

  async #listenAdmin(plan: ListenPlan): Promise<void> {
    this.#admin = createAdminServer({
      config: () => this.#config,
      plane: () => this.#plane,
      configProblems: () => this.#configProblems,
      ports: () => this.ports,
      startedAt: this.#clock(),
      clock: this.#clock,
      metrics: this.#metrics,
      logs: this.#requireLogs(),
    });
    const port = await listenHttp(this.#admin, plan);
    this.#ports = { ...this.#ports, admin: port };
  }

  #reloadSoon(path: string): void {
    this.#reloading = this.#reloading
      .then(() => this.#reload(path))
      .catch((error: unknown) => {
        this.#metrics.count("config_reload_total", { status: "failure" });
        this.#requireLogs().for("server").error({ error }, "the changed configuration could not be put to use");
      });
  }

  async #reload(path: string): Promise<void> {
    if (this.#isStopped) return;
    const logger = this.#requireLogs().for("server");
    const { config, problems } = await loadConfig(path);
    this.#configProblems = problems;
    for (const problem of problems) logger[problem.severity === "error" ? "error" : "warn"](problemLine(problem));
    const isUsable = config !== undefined && this.#canUse(config);
    if (!isUsable) {
      this.#metrics.count("config_reload_total", { status: "failure" });
      logger.error(`${path} is not used because of the errors above; the former configuration stays in effect`);
      return;
    }
    const change = changeOf(this.#config, config);
    if (change === undefined) return;
    const former = this.#config;
    this.#config = config;
    await this.#apply(change, former);
    this.#metrics.count("config_reload_total", { status: "success" });
    logger.info({ changed: change.fields }, "the changed configuration is in effect");
  }

  #canUse(config: EnvoyGateway): boolean {
    try {
      requireSupported(config);
      return true;
    } catch (error) {
      this.#requireLogs().for("server").error(messageOf(error));
      return false;
    }
  }

  async #apply(change: ConfigChange, former: EnvoyGateway): Promise<void> {
    const logs = this.#requireLogs();
    logs.apply(this.#config.logging);
    this.#telemetry?.apply(this.#config.telemetry);
    this.#dumpConfig();
    const plans = serverPlans(this.#config, this.#settings.ports);
    if (change.needsAdminListener) await this.#moveAdmin(plans.admin, former);
    if (change.needsMetricsListener) {
      if (this.#metricsServer) await closeHttp(this.#metricsServer);
      this.#metricsServer = undefined;
      this.#ports = { ...this.#ports, metrics: 0 };
      await this.#listenMetrics(plans.metrics);
    }
    if (change.needsRestart) await this.#restart(plans, former);
    else if (change.needsTranslation) this.#plane?.applyConfig(this.#config);
    await this.#record();
  }

  /** Where the new place cannot be had, the admin server stays where it was. */
  async #moveAdmin(plan: ListenPlan, former: EnvoyGateway): Promise<void> {
    if (this.#admin) await closeHttp(this.#admin);
    try {
      await this.#listenAdmin(plan);
    } catch (error) {
      this.#requireLogs().for("server").error(messageOf(error));
      await this.#listenAdmin(serverPlans(former, this.#settings.ports).admin);
    }
  }

  /** Envoys go on serving meanwhile, unless their directories are others now. */
  async #restart(plans: ServerPlans, former: EnvoyGateway): Promise<void> {
    const logger = this.#requireLogs().for("server");
    logger.info("the provider's settings have changed; the control plane starts anew");
    // A free port that was taken stays the same: Envoys know it.
    const xds = { ...plans.xds, port: plans.xds.port || (this.#plane?.xdsPort ?? 0) };
    const keepEnvoys = directoriesOf(former).runtimeDir === directoriesOf(this.#config).runtimeDir;
    await this.#plane?.stop({ keepEnvoys });
    this.#plane = undefined;
    if (!keepEnvoys) forgetInstance(directoriesOf(former).runtimeDir);
    try {
      if (runsHere(this.#config)) await requireAlone(directoriesOf(this.#config).runtimeDir);
      await this.#startPlane(xds);
    } catch (error) {
      logger.error("the control plane does not start with the changed configuration; the former one is used again");
      this.#config = former;
      await this.#startPlane(xds);
      throw error;
    }
  }

  #requireLogs(): Logs {
    if (!this.#logs) throw new Error("the server was not started");
    return this.#logs;
  }
}

/** Waits for all, so that nothing is still under way when a failure is thrown, and its user is told all at once. */
async function allOf(tasks: readonly Promise<void>[]): Promise<void> {
  const reasons = (await Promise.allSettled(tasks)).flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  if (reasons.length > 1 && reasons.every((reason) => reason instanceof StartError))
    throw new StartError(reasons.map(({ message }) => message).join("\n"));
  if (reasons.length > 0) throw reasons[0];
}

/** The configuration to start with; with errors there is none. Relative paths are taken from where the process runs. */
function startConfig({ config, problems }: ConfigResult): EnvoyGateway {
  if (config) return config;
  const errors = problems.filter(({ severity }) => severity === "error");
  throw new StartError(errors.map(problemLine).join("\n"));
}
