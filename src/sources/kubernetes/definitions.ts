import type { KindDefinition } from "../../api/registry.ts";
import { JitteredBackoff } from "../../kube/backoff.ts";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { KubeError } from "../../kube/error.ts";
import type { OnMistake } from "../../kube/guarded-sink.ts";
import { Reflector } from "../../kube/reflector.ts";
import type { KubeResource } from "../../kube/resource.ts";
import { discover } from "./discovery.ts";
import type { ApiUse } from "./health.ts";
import { type FollowedKind, resourceName } from "./kinds.ts";

const definitions: KubeResource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  isNamespaced: false,
};

export interface DefinitionsOptions {
  readonly client: KubeClient;
  readonly kinds: readonly KindDefinition[];
  /** Told what the API server has, whenever that may have changed. */
  readonly onFound: (found: ReadonlyMap<string, FollowedKind>) => void;
  readonly note: (use: ApiUse, error: KubeError | undefined) => void;
  readonly onMistake: (kind: string, ...mistake: Parameters<OnMistake>) => void;
}

/** Kinds that come from elsewhere than definitions are looked for this often, as are all if definitions may not be watched. */
const lookEveryMs = 300_000;
/** A definition is written several times when it is installed. */
const settleMs = 50;

const discovery: ApiUse = { verbs: ["get"], resource: "the list of its kinds (/apis)" };
const watching: ApiUse = { verbs: ["list", "watch"], resource: resourceName(definitions) };

/**
 * Knows which kinds the API server has. It follows the CustomResourceDefinitions, of which it reads the names only, and asks the API server
 * for its kinds when one of ours is installed, changed or removed.
 */
export class Definitions {
  readonly #options: DefinitionsOptions;
  readonly #names: ReadonlySet<string>;
  readonly #installed = new Set<string>();
  readonly #reflector: Reflector;
  readonly #backoff = new JitteredBackoff({ initialMs: 200, maxMs: 5_000 });
  #isSynced = false;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: DefinitionsOptions) {
    this.#options = options;
    this.#names = new Set(options.kinds.map(resourceName));
    this.#reflector = new Reflector({
      client: options.client,
      resource: definitions,
      selection: { isMetadataOnly: true },
      sink: {
        listed: (object) => this.#note(object, true),
        completed: (keys) => {
          for (const name of this.#installed) if (!keys.has(name)) this.#installed.delete(name);
          this.#isSynced = true;
          this.lookSoon();
        },
        changed: (object) => this.#note(object, true),
        deleted: (object) => this.#note(object, false),
      },
      onMistake: (mistake, key) => options.onMistake(definitions.kind, mistake, key),
      onState: (error) => options.note(watching, error),
    });
  }

  start(): void {
    this.#reflector.start();
    this.lookSoon(0);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#reflector.stop();
  }

  /** Whether it is certain that the definition of a kind is gone, and not only that the API server does not serve it at the moment. */
  isRemoved(kind: KindDefinition): boolean {
    return this.#isSynced && !this.#installed.has(resourceName(kind));
  }

  /** Asks the API server for its kinds after a moment. */
  lookSoon(afterMs = settleMs): void {
    if (this.#isStopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#looking = (this.#looking ?? Promise.resolve()).then(() => this.#look());
    }, afterMs);
  }

  async #look(): Promise<void> {
    const { client, kinds, onFound, note } = this.#options;
    if (this.#isStopped) return;
    try {
      const found = await discover(client, kinds);
      note(discovery, undefined);
      if (this.#isStopped) return;
      onFound(found);
      // The API server answers for a new kind a little later than it tells of the definition, and goes on for a while after it was removed.
      const isSettled =
        !this.#isSynced ||
        kinds.every(
          (kind) =>
            kind.group === "" || found.has(kind.kind) === this.#installed.has(resourceName(kind)) || !isCustom(kind),
        );
      if (isSettled) this.#backoff.reset();
      this.lookSoon(isSettled ? lookEveryMs : this.#backoff.next());
    } catch (error) {
      note(discovery, error instanceof KubeError ? error : new KubeError(String(error), 0, "Failed"));
      this.lookSoon(this.#backoff.next());
    }
  }

  #note({ metadata }: AnyObject, isInstalled: boolean): void {
    if (!this.#names.has(metadata.name)) return;
    if (isInstalled) this.#installed.add(metadata.name);
    else this.#installed.delete(metadata.name);
    if (this.#isSynced) this.lookSoon();
  }
}

/** Kinds that Kubernetes itself has; all others are defined by CustomResourceDefinitions. */
const builtIn: ReadonlySet<string> = new Set(["", "discovery.k8s.io", "certificates.k8s.io"]);

function isCustom({ group }: KindDefinition): boolean {
  return !builtIn.has(group);
}
