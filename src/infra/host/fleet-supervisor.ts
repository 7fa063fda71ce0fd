import type { EnvoyProxySettings, FleetProblem, FleetSpec, FleetState, FleetStatus, InfraLogger } from "../fleet.ts";
import type { BackoffOptions } from "./backoff.ts";
import { adminAddressPath } from "./directories.ts";
import { drainAndStop, drainPlan } from "./drain.ts";
import { type EnvoyExit, type Launch, launchHash } from "./envoy-process.ts";
import { EnvoyStarter } from "./envoy-starter.ts";
import { exitReason } from "./exit-reason.ts";
import { type LaunchPlan, type LaunchSettings, planLaunch } from "./launch-plan.ts";
import { bindProblem } from "./ports.ts";
import { findRunning, removeRecord } from "./process-record.ts";
import { Retry } from "./retry.ts";
import { awaitServing, type RunningEnvoy } from "./running-envoy.ts";
import { succession, validateLaunch } from "./succession.ts";

export interface SupervisorOptions {
  readonly key: string;
  readonly name: string;
  readonly settings: LaunchSettings;
  readonly logger: InfraLogger;
  readonly backoff: BackoffOptions;
  readonly stdout: "file" | "inherit";
  /** Time for requests in flight when an EnvoyProxy does not say. */
  readonly stopTimeoutMs: number;
  /** Envoy said in its log that it could not bind a port. */
  readonly onBindProblem: (problem: FleetProblem) => void;
  readonly onStatus: (status: FleetStatus) => void;
}

/**
 * Keeps the Envoy of one fleet as its spec wants it.
 *
 * There are at most three kinds of process: the `current` one serves; a `successor` with other arguments is being brought up
 * beside it; `retired` ones finish their connections. Everything that happens (a new spec, an end of a process, a wait that is
 * over) only asks for another round of {@link FleetSupervisor.#converge}, of which one runs at a time.
 */
export class FleetSupervisor {
  readonly #options: SupervisorOptions;
  readonly #starter: EnvoyStarter;
  readonly #retry: Retry;
  #spec: FleetSpec | undefined;
  /** Settings of the last spec there was: they say how a removed fleet drains. */
  #lastSettings: EnvoyProxySettings | undefined;
  #current: RunningEnvoy | undefined;
  #successor: RunningEnvoy | undefined;
  readonly #retired = new Set<RunningEnvoy>();
  #hasLooked = false;
  #isReleased = false;
  #state: FleetState = "stopped";
  #restarts = 0;
  /** Launches that failed beside a running Envoy are not tried again until something else is wanted. */
  #refusedHash: string | undefined;
  #lostLaunch: Launch | undefined;
  readonly #problems = { plan: [] as FleetProblem[], process: [] as FleetProblem[], ports: [] as FleetProblem[] };
  #running: Promise<void> | undefined;
  #isAskedAgain = false;
  #lastStatus = "";

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#retry = new Retry(options.backoff, () => this.#kick());
    this.#starter = new EnvoyStarter({
      key: options.key,
      name: options.name,
      directories: options.settings.directories,
      logger: options.logger,
      stdout: options.stdout,
      onLogLine: (line) => {
        const problem = line.level === "debug" ? undefined : bindProblem(line.message, this.#spec?.ports ?? []);
        if (problem) options.onBindProblem(problem);
      },
    });
  }

  get spec(): FleetSpec | undefined {
    return this.#spec;
  }

  /** Processes of this fleet. */
  get pids(): number[] {
    return [this.#current, this.#successor, ...this.#retired].flatMap((envoy) =>
      envoy ? [envoy.process.identity.pid] : [],
    );
  }

  /** Sets what is wanted; `undefined` stops the fleet. */
  want(spec: FleetSpec | undefined): void {
    this.#spec = spec;
    if (spec) this.#lastSettings = spec.envoyProxy;
    this.#retry.cancel();
    this.#kick();
  }

  get portProblems(): readonly FleetProblem[] {
    return this.#problems.ports;
  }

  setPortProblems(problems: readonly FleetProblem[]): void {
    this.#problems.ports = [...problems];
    this.#publish();
  }

  /** Resolves when nothing is being started or stopped. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Leaves all processes alone from now on. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#retry.cancel();
    await this.idle();
    for (const envoy of [this.#current, this.#successor, ...this.#retired]) {
      envoy?.process.release();
      await envoy?.follower?.stop();
    }
  }

  status(): FleetStatus {
    const serving = this.#current?.isServing === true ? 1 : 0;
    return {
      key: this.#options.key,
      name: this.#options.name,
      state: this.#state,
      pid: this.#current?.process.identity.pid,
      adminAddress: this.#current?.adminAddress,
      isAdopted: this.#current?.process.isAdopted ?? false,
      restarts: this.#restarts,
      replicas: { desired: this.#spec ? 1 : 0, available: serving },
      problems: [...this.#problems.plan, ...this.#problems.process, ...this.#problems.ports],
    };
  }

  #kick(): void {
    this.#isAskedAgain = true;
    if (!this.#isReleased) this.#running ??= this.#rounds();
  }

  async #rounds(): Promise<void> {
    while (this.#isAskedAgain && !this.#isReleased) {
      this.#isAskedAgain = false;
      try {
        await this.#converge();
      } catch (error) {
        this.#options.logger.error(
          { component: "infrastructure", fleet: this.#options.key, err: error },
          "unexpected failure",
        );
        this.#waitAndRetry(0);
      }
      this.#publish();
    }
    // In the same step as the question whether there is more to do, so that no call is lost in between.
    this.#running = undefined;
  }

  async #converge(): Promise<void> {
    if (!this.#hasLooked) await this.#adopt();
    const spec = this.#spec;
    if (!spec) return this.#stopAll();
    const plan = await planLaunch(spec, this.#options.settings);
    if (spec !== this.#spec) return;
    if ("problems" in plan) return this.#cannotLaunch(plan.problems);
    this.#problems.plan = [...plan.warnings];

    const hash = launchHash(plan);
    if (this.#successor) {
      if (this.#successor.launchHash === hash) return;
      await this.#discardSuccessor();
    }
    if (this.#current?.launchHash === hash) {
      this.#state = this.#current.isServing ? "serving" : "starting";
      this.#refusedHash = undefined;
      this.#problems.process = [];
      return;
    }
    if (this.#current) return this.#replace(this.#current, plan, hash);
    if (this.#retry.isWaiting) return;
    await this.#start(plan);
  }

  /** Takes over what an earlier control plane left running. */
  async #adopt(): Promise<void> {
    this.#hasLooked = true;
    const { settings, name } = this.#options;
    const [newest, ...older] = await findRunning(settings.directories, name);
    for (const found of older) this.#retired.add(this.#watched(await this.#starter.adopt(found)));
    if (!newest) return;
    this.#current = this.#watched(await this.#starter.adopt(newest));
    this.#options.logger.info(
      { component: "infrastructure", fleet: this.#options.key, pid: newest.identity.pid },
      "took over a running Envoy",
    );
    this.#awaitServing(this.#current);
  }

  async #start(plan: Extract<LaunchPlan, { binary: string }>): Promise<void> {
    this.#state = "starting";
    this.#publish();
    const launch = succession(undefined, plan, this.#otherLaunches(), this.#options);
    this.#current = await this.#launch(launch);
    this.#awaitServing(this.#current);
  }

  /** Launches whose shared memory and sockets may still be in use; a killed process holds them a moment longer than it is seen. */
  #otherLaunches(): Launch[] {
    return [
      ...[...this.#retired].map((envoy) => envoy.process.launch),
      ...(this.#lostLaunch ? [this.#lostLaunch] : []),
    ];
  }

  async #launch(launch: Launch): Promise<RunningEnvoy> {
    const { envoy, warnings } = await this.#starter.start(launch);
    this.#problems.plan.push(...warnings);
    return this.#watched(envoy);
  }

  /** Brings up an Envoy with other arguments; the present one serves until the new one does. */
  async #replace(current: RunningEnvoy, plan: Extract<LaunchPlan, { binary: string }>, hash: string): Promise<void> {
    if (this.#refusedHash === hash) return;
    const fault = await validateLaunch(plan);
    if (this.#current !== current) return this.#kick();
    if (fault !== undefined) {
      this.#refusedHash = hash;
      this.#problems.process = [
        this.#exitProblem(`Envoy refuses its new settings and goes on with the former ones: ${fault}`),
      ];
      return;
    }
    const launch = succession(current.process.launch, plan, this.#otherLaunches(), this.#options);
    this.#successor = await this.#launch(launch);
    this.#awaitServing(this.#successor);
  }

  async #discardSuccessor(): Promise<void> {
    const successor = this.#successor;
    this.#successor = undefined;
    successor?.process.kill("SIGKILL");
    await successor?.process.exited;
  }

  #awaitServing(envoy: RunningEnvoy): void {
    const isWanted = (): boolean => !this.#isReleased && (this.#current === envoy || this.#successor === envoy);
    void awaitServing(envoy, adminAddressPath(this.#options.settings.directories, this.#options.name), isWanted, () => {
      if (envoy.isServing) this.#serves(envoy);
      this.#publish();
    });
  }

  #serves(envoy: RunningEnvoy): void {
    if (this.#successor === envoy) {
      if (this.#current) this.#retired.add(this.#current);
      this.#current = envoy;
      this.#successor = undefined;
      this.#refusedHash = undefined;
    }
    this.#state = "serving";
    this.#problems.process = [];
    this.#options.logger.info(
      {
        component: "infrastructure",
        fleet: this.#options.key,
        pid: envoy.process.identity.pid,
        admin: envoy.adminAddress,
      },
      "Envoy serves",
    );
    for (const retired of this.#retired) void this.#retire(retired, envoy);
  }

  /** A predecessor in a hot restart is ended by its successor; any other one by us. */
  async #retire(retired: RunningEnvoy, successor: RunningEnvoy): Promise<void> {
    const isHotRestart =
      retired.process.launch.baseId !== undefined && retired.process.launch.baseId === successor.process.launch.baseId;
    if (isHotRestart) return;
    await drainAndStop(retired.process, retired.adminAddress, drainPlan(this.#spec?.envoyProxy, 60_000));
  }

  async #stopAll(): Promise<void> {
    const envoys = [this.#successor, this.#current, ...this.#retired].filter((envoy) => envoy !== undefined);
    this.#state = "stopping";
    this.#publish();
    const plan = drainPlan(this.#lastSettings, this.#options.stopTimeoutMs);
    await Promise.all(envoys.map((envoy) => drainAndStop(envoy.process, envoy.adminAddress, plan)));
    this.#current = undefined;
    this.#successor = undefined;
    this.#retired.clear();
    if (this.#spec) return this.#kick();
    await removeRecord(this.#options.settings.directories, this.#options.name);
    this.#state = "stopped";
    for (const kind of ["plan", "process", "ports"] as const) this.#problems[kind] = [];
  }

  #watched(envoy: RunningEnvoy): RunningEnvoy {
    void envoy.process.exited.then((exit) => this.#exited(envoy, exit));
    return envoy;
  }

  async #exited(envoy: RunningEnvoy, exit: EnvoyExit): Promise<void> {
    envoy.isGone = true;
    await envoy.follower?.stop();
    this.#retired.delete(envoy);
    if (this.#isReleased || this.#state === "stopping" || this.#state === "stopped") return;
    const reason = exitReason(exit, envoy.lastErrors);
    if (this.#successor === envoy) {
      this.#successor = undefined;
      this.#refusedHash = envoy.launchHash;
      this.#problems.process = [this.#exitProblem(`A new Envoy did not come up, the former goes on: it ${reason}`)];
      if (!this.#current) this.#kick();
    } else if (this.#current === envoy) {
      this.#current = undefined;
      this.#lostLaunch = envoy.process.launch;
      this.#restarts += 1;
      this.#waitAndRetry(performance.now() - envoy.since, reason);
    }
    this.#publish();
  }

  #cannotLaunch(problems: readonly FleetProblem[]): void {
    this.#problems.plan = [...problems];
    if (this.#current) return;
    // A missing binary may be installed any moment; what the user wrote stays as it is until it is written anew.
    if (problems.some((problem) => problem.code === "envoy-not-found" || problem.code === "envoy-unusable")) {
      this.#waitAndRetry(0);
    } else this.#state = "failed";
  }

  #waitAndRetry(livedMs: number, reason?: string): void {
    const retryInMs = this.#retry.wait(livedMs);
    this.#state = "waiting";
    if (reason === undefined) return;
    this.#problems.process = [this.#exitProblem(`Envoy ${reason}; it is started again`)];
    this.#options.logger.error({ component: "infrastructure", fleet: this.#options.key, retryInMs }, `Envoy ${reason}`);
  }

  #exitProblem(message: string): FleetProblem {
    return { severity: "error", code: "envoy-exited", message: `${message}.` };
  }

  #publish(): void {
    if (this.#isReleased) return;
    const status = this.status();
    const text = JSON.stringify(status);
    if (text === this.#lastStatus) return;
    this.#lastStatus = text;
    this.#options.onStatus(status);
  }
}
