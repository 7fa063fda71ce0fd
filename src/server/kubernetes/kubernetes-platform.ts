import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { durationMs } from "../../api/duration.ts";
import type { EnvoyGatewayKubernetesProvider } from "../../api/v1alpha1/envoygateway/kubernetes-provider.ts";
import type { EnvoyGateway } from "../../api/v1alpha1/envoygateway.ts";
import { type FollowedFile, followFile } from "../../certificates/follow-file.ts";
import { parseBundle } from "../../certificates/inspect.ts";
import { registry } from "../../features/kinds.ts";
import type { Infrastructure } from "../../infra/fleet.ts";
import { createKubernetesInfra, type KubernetesInfrastructure } from "../../infra/kubernetes/kubernetes-infra.ts";
import { controlPlaneHost } from "../../infra/kubernetes/settings.ts";
import { createTokenAuthorizer } from "../../infra/kubernetes/token-authorizer.ts";
import { KubeClient } from "../../kube/client.ts";
import { KubeConfigError, loadKubeConfig } from "../../kube/config.ts";
import { KubeError } from "../../kube/error.ts";
import { LeaderElection } from "../../kube/leader-election.ts";
import type { RateLimit } from "../../kube/rate-limit.ts";
import { admit } from "../../schema/admit.ts";
import type { ObservedStatus } from "../../sources/kubernetes/intake.ts";
import { createKubernetesSource, type KubernetesSource } from "../../sources/kubernetes/kubernetes-source.ts";
import { referencesBelow } from "../../sources/kubernetes/references.ts";
import type { SourceProblem } from "../../sources/source.ts";
import { ApiStatuses } from "../../status/kubernetes/api-statuses.ts";
import { ClassFinalizers } from "../../status/kubernetes/class-finalizers.ts";
import type { WrittenStatus } from "../../status/object-status.ts";
import type { Statuses } from "../../status/view.ts";
import type { Commit } from "../controller.ts";
import type { Logs } from "../logs/logs.ts";
import type { MetricStore } from "../metrics/metric-store.ts";
import type { Platform, PlatformHost } from "../platform.ts";
import { StartError } from "../start-error.ts";
import type { Surroundings } from "../translation-settings.ts";
import { CertificateExpiry } from "./certificate-expiry.ts";
import { isStatusHeld } from "./held-statuses.ts";
import { infraSettings } from "./infra-settings.ts";

export interface KubernetesPlatformOptions {
  readonly config: EnvoyGateway;
  readonly surroundings: Surroundings;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logs: Logs;
  readonly metrics: MetricStore;
  readonly clock: () => Date;
  /** Directory with the control plane's certificate. Default: where the chart mounts the Secret, `/certs`. */
  readonly certificates?: string | undefined;
  /** False: nothing is run; Envoys are somebody else's matter. Default: true. */
  readonly hasInfrastructure?: boolean | undefined;
}

/** The Lease that control planes of a namespace compete for; the original's, so that both never write at once. */
export const leaseName = "5b9825d2.gateway.envoyproxy.io";

/** Fleets whose objects cannot be read are no reason to write no statuses at all: what does not depend on them is written then. */
const longestWaitForFleetsMs = 10_000;

/** A control plane in a cluster: objects and statuses on an API server, Envoys as pods, certificates in a Secret. */
export class KubernetesPlatform implements Platform {
  readonly source: KubernetesSource;
  readonly certificates: string;
  readonly authorize: Platform["authorize"];
  readonly #options: KubernetesPlatformOptions;
  readonly #provider: EnvoyGatewayKubernetesProvider;
  readonly #client: KubeClient;
  readonly #statuses: ApiStatuses;
  readonly #finalizers: ClassFinalizers;
  #infrastructure: KubernetesInfrastructure | undefined;
  #authority: FollowedFile | undefined;
  #expiry: CertificateExpiry | undefined;
  #election: LeaderElection | undefined;
  /** Renewals of the lease do not wait for their turn behind everything else. */
  readonly #electionClient: KubeClient;
  #host: PlatformHost | undefined;
  #fleetsKnown: Promise<void> = Promise.resolve();
  #areFleetsKnown = false;
  #isCompeting = false;
  #isStopped = false;

  constructor(options: KubernetesPlatformOptions) {
    const { config, surroundings, env, logs, metrics, clock } = options;
    this.#options = options;
    this.#provider = config.provider.kubernetes ?? {};
    this.certificates = options.certificates ?? "/certs";
    this.#client = connect(env, this.#provider.client?.rateLimit);
    this.#electionClient = connect(env);
    if (this.#provider.deploy?.type === "GatewayNamespace") {
      this.authorize = createTokenAuthorizer({ client: this.#client, audience: controlPlaneHost(surroundings) });
    }
    const { controllerName } = config.gateway;
    const logger = logs.for("provider");
    this.#statuses = new ApiStatuses({
      client: this.#client,
      controllerName,
      clock,
      computed: (id) => this.#host?.controller.translation.statuses.get(id),
      areFleetsKnown: () => this.#areFleetsKnown,
      isHeld: (reference, namespace) =>
        this.#host !== undefined && isStatusHeld(reference, namespace, this.#host.controller.translation),
      onWritten: (kind, key, error) => {
        const status = error ? "failure" : "success";
        metrics.count("status_update_total", { kind, status });
        if (error)
          logger.warn({ kind, object: key }, `a status cannot be written: ${advice(error, `${kind} statuses`)}`);
      },
    });
    this.#finalizers = new ClassFinalizers({
      client: this.#client,
      controllerName,
      resource: () => this.source.served("GatewayClass"),
      seesAllGateways: this.#provider.watch === undefined,
      onFailed: (name, error) =>
        logger.warn({ gatewayClass: name }, `its finalizer cannot be set: ${advice(error, "GatewayClasses")}`),
    });
    this.source = createKubernetesSource({
      client: this.#client,
      registry,
      admit,
      watch: this.#provider.watch,
      namespace: surroundings.namespace,
      configured: referencesBelow(config.envoyProxy, surroundings.namespace),
      statuses: {
        observed: (status, isFinal) => this.#statuses.observed(heldStatus(status), isFinal),
        gone: (kind, key, uid) => this.#statuses.gone(kind, key, uid),
      },
      relistEveryMs: durationMs(this.#provider.cacheSyncPeriod),
      onWaiting: (problems) => this.#tellWaiting(problems),
    });
  }

  async prepare(): Promise<void> {
    const missing = ["tls.crt", "tls.key", "ca.crt"].filter((file) => !existsSync(join(this.certificates, file)));
    if (missing.length === 0) {
      this.#watchExpiry();
      return;
    }
    throw new StartError(
      `${missing.join(", ")} missing in ${this.certificates}: the control plane's certificate, from Secret envoy-gateway. ` +
        "Run `envoy-gateway certgen` in the cluster, and mount the Secret there.",
    );
  }

  createInfrastructure(): Infrastructure | undefined {
    const { config, surroundings, env, logs, metrics, hasInfrastructure = true } = this.#options;
    if (!hasInfrastructure) return undefined;
    // Envoys beside their Gateways get the authority in ConfigMaps, which follow it when it is renewed.
    const authority = followFile(
      join(this.certificates, "ca.crt"),
      () => this.#infrastructure?.refresh(),
      (text) => parseBundle(text).length > 0,
    );
    this.#authority = authority;
    const settings = infraSettings(config, surroundings, env, () => authority.text);
    this.#infrastructure = createKubernetesInfra({
      client: this.#client,
      settings,
      logger: logs.for("infrastructure"),
      onWrite: ({ kind, name, namespace, error }) => {
        metrics.count("resource_apply_total", { kind, name, namespace, status: error ? "failure" : "success" });
      },
    });
    return this.#infrastructure;
  }

  async reading(host: PlatformHost): Promise<void> {
    this.#host = host;
    this.#fleetsKnown = this.#infrastructure?.start() ?? Promise.resolve();
  }

  /** What is served waits for nothing more; statuses do for a moment, so that each is written once, with the fleets' addresses. */
  async loaded(): Promise<Statuses> {
    const deadline = setTimeout(() => this.#compete(), longestWaitForFleetsMs);
    void this.#fleetsKnown.then(() => {
      clearTimeout(deadline);
      // By then translation knows of the fleets as well.
      setImmediate(() => {
        this.#areFleetsKnown = true;
        this.#statuses.fleetsKnown();
        this.#compete();
      });
    });
    return this.#statuses;
  }

  #compete(): void {
    if (this.#isCompeting || this.#isStopped) return;
    this.#isCompeting = true;
    const { leaseDuration, renewDeadline, retryPeriod, disable } = this.#provider.leaderElection ?? {};
    if (disable) this.#lead();
    else {
      const logger = this.#options.logs.for("provider");
      let isTroubled = false;
      this.#election = new LeaderElection({
        client: this.#electionClient,
        namespace: this.#options.surroundings.namespace,
        name: leaseName,
        identity: `${hostname()}_${randomUUID()}`,
        leaseDurationMs: durationMs(leaseDuration) ?? 15_000,
        renewDeadlineMs: durationMs(renewDeadline) ?? 10_000,
        retryPeriodMs: durationMs(retryPeriod) ?? 2_000,
        onLead: () => this.#lead(),
        onFollow: () => this.#follow(),
        onState: (error) => {
          if (error && !isTroubled)
            logger.warn(`the lease cannot be had: ${advice(error, "leases.coordination.k8s.io")}`);
          isTroubled = error !== undefined;
        },
      });
      this.#election.start();
    }
  }

  committed({ batch, changes }: Commit): void {
    if (changes.heldFleets.length > 0) this.#statuses.heldChanged();
    if (batch) this.#finalizers.take(batch.changes);
  }

  /** Objects on an API server stand nowhere. */
  origin(): undefined {
    return undefined;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#authority?.close();
    this.#expiry?.close();
    const released = this.#election?.stop();
    this.#follow();
    // What is still being written ends here: when the lease is given back, another control plane writes.
    this.#client.close();
    await released;
    this.#electionClient.close();
  }

  #watchExpiry(): void {
    const { clock, logs, metrics } = this.#options;
    this.#expiry = new CertificateExpiry({
      directory: this.certificates,
      clock,
      onExpiry: (expiry) => metrics.set("certificate_expiry_seconds", {}, Math.floor(expiry.getTime() / 1_000)),
      onNear: (notAfter) =>
        logs
          .for("provider")
          .warn(
            { notAfter },
            "the certificates between control plane and Envoys run out soon, or have; then no Envoy can connect. " +
              "Renew those in the Secrets envoy-gateway and envoy, e.g. with `envoy-gateway certgen --overwrite`.",
          ),
    });
  }

  #lead(): void {
    this.#options.logs.for("provider").info("this control plane leads: it writes statuses and runs Envoys");
    this.#options.metrics.set("leader_election_master_status", { name: leaseName }, 1);
    // First what serves, then what tells of it.
    this.#infrastructure?.lead();
    this.#statuses.lead();
    this.#finalizers.lead();
  }

  #follow(): void {
    this.#options.metrics.set("leader_election_master_status", { name: leaseName }, 0);
    this.#infrastructure?.follow();
    this.#statuses.follow();
    this.#finalizers.follow();
  }

  #tellWaiting(problems: readonly SourceProblem[]): void {
    // What is told before there is anybody to tell it to comes again with the next change.
    this.#host?.report.tellProblems(problems);
  }
}

function connect(env: KubernetesPlatformOptions["env"], limit?: RateLimit): KubeClient {
  try {
    return new KubeClient(loadKubeConfig({ env }), limit);
  } catch (error) {
    if (error instanceof KubeConfigError) {
      throw new StartError(
        `${error.message} For a gateway without a cluster, set provider.type to Custom in the configuration.`,
      );
    }
    throw error;
  }
}

function heldStatus({ kind, key, uid, resourceVersion, status }: ObservedStatus) {
  return {
    kind: kind.definition.kind,
    key,
    resource: kind.resource,
    uid,
    resourceVersion,
    status: status as WrittenStatus | undefined,
  };
}

/** What an operator has to do, where that can be told. */
function advice(error: unknown, what: string): string {
  if (!(error instanceof KubeError)) return String(error);
  return error.status === 403
    ? `the control plane's role does not permit it; see what it may do with ${what}. (${error.message})`
    : error.message;
}
