import type { ObjectKey } from "../api/object.ts";
import type { Infrastructure } from "../infra/fleet.ts";
import type { Origin, Source } from "../sources/source.ts";
import type { Statuses } from "../status/view.ts";
import type { FleetState } from "../translate/status/gateway-status.ts";
import type { XdsServerOptions } from "../xds/options.ts";
import type { CommitReport } from "./commit-report.ts";
import type { Commit, Controller } from "./controller.ts";

/** What a platform needs of the control plane that it carries. */
export interface PlatformHost {
  readonly controller: Controller;
  readonly report: CommitReport;
}

/**
 * Where a control plane runs: on a machine, with files and processes, or in a cluster, with an API server. Everything else is the same.
 * Made, then `prepare`d, then its source is started; `reading` is called at once, `loaded` when the first configuration is on its way.
 */
export interface Platform {
  readonly source: Source;
  /** Directory with `tls.crt`, `tls.key` and `ca.crt` of the xDS server. */
  readonly certificates: string;
  /** Decides which Envoys are who they say, where they have no certificates, see the xDS server. */
  readonly authorize?: XdsServerOptions["authorize"];
  /** Makes ready what must be there before anything listens. Rejects with a `StartError`. */
  prepare(): Promise<void>;
  /** Makes what runs Envoys, which connect to `xdsPort`; nothing if somebody else runs them. Called once. */
  createInfrastructure(xdsPort: number): Infrastructure | undefined;
  /** Objects are being read. */
  reading(host: PlatformHost): Promise<void>;
  /** Everything was read and translated; returns where statuses go. */
  loaded(host: PlatformHost): Promise<Statuses>;
  /** Told of each commit when its configuration is on the way. */
  committed?(commit: Commit): void;
  /** Where fleets are reached whose infrastructure does not know it. */
  addresses?(): FleetState["addresses"];
  /** All IP addresses of the machine that Envoys run on; absent where they run elsewhere. */
  localAddresses?(): readonly string[];
  /** Where an object stands, if that can be said. */
  origin(kind: string, key: ObjectKey): Origin | undefined;
  /** Ends what `reading` and `loaded` began; source and infrastructure have been stopped. */
  stop(): Promise<void>;
}
