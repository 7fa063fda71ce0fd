import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { Reflector } from "../../kube/reflector.ts";
import type { FleetSpec, InfraLogger } from "../fleet.ts";
import { logMistake } from "./mistakes.ts";
import { nodeResource } from "./resources.ts";
import { logTrouble } from "./trouble.ts";

/** Names and addresses of the cluster's nodes, followed from the first fleet on whose addresses depend on them. */
export class FollowedNodes {
  readonly #client: KubeClient;
  readonly #logger: InfraLogger;
  readonly #onChange: () => void;
  readonly #nodes = new Map<string, AnyObject>();
  #reflector: Reflector | undefined;

  /** `onChange` is told when a node came, went, or has other addresses. */
  constructor(client: KubeClient, logger: InfraLogger, onChange: () => void) {
    this.#client = client;
    this.#logger = logger;
    this.#onChange = onChange;
  }

  all(): readonly AnyObject[] {
    return [...this.#nodes.values()];
  }

  /** Begins to follow them if this fleet's addresses depend on them. */
  needFor({ envoyProxy, owner }: FleetSpec): void {
    const isNodePort = envoyProxy?.provider?.kubernetes?.envoyService?.type === "NodePort";
    if (this.#reflector || !(isNodePort || owner?.addresses.length)) return;
    this.#reflector = new Reflector({
      client: this.#client,
      resource: nodeResource,
      sink: {
        listed: (object) => void this.#take(object),
        completed: (keys) => {
          for (const name of this.#nodes.keys()) if (!keys.has(name)) this.#nodes.delete(name);
          this.#onChange();
        },
        changed: (object) => {
          if (this.#take(object)) this.#onChange();
        },
        deleted: ({ metadata }) => {
          if (this.#nodes.delete(metadata.name)) this.#onChange();
        },
      },
      onMistake: logMistake(nodeResource.kind, this.#logger),
      onState: logTrouble(nodeResource.kind, this.#logger),
    });
    this.#reflector.start();
  }

  stop(): void {
    this.#reflector?.stop();
  }

  /** Whether the node is another now. */
  #take(object: AnyObject): boolean {
    const node = nodeView(object);
    if (JSON.stringify(node) === JSON.stringify(this.#nodes.get(node.metadata.name))) return false;
    this.#nodes.set(node.metadata.name, node);
    return true;
  }
}

/** Of a Node its name and addresses: the rest changes all the time. */
function nodeView({ metadata, status }: AnyObject): AnyObject {
  const { addresses } = (status ?? {}) as { readonly addresses?: unknown };
  return { metadata: { name: metadata.name }, status: { addresses } };
}
