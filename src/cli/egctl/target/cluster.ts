import { type AnyObject, KubeClient } from "../../../kube/client.ts";
import type { KubeConfig } from "../../../kube/config.ts";
import { KubeError } from "../../../kube/error.ts";
import { connectToPod } from "../../../kube/port-forward.ts";
import type { KubeResource } from "../../../kube/resource.ts";
import { CommandError } from "../../context.ts";
import type { AdminServer } from "../admin-client.ts";

/** A pod, as far as it is looked at here. */
export interface Pod extends AnyObject {
  readonly metadata: AnyObject["metadata"] & { readonly namespace: string };
  readonly status?: { readonly phase?: string };
}

const pods: KubeResource = { group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true };

/** A cluster to look at. Errors of its API server become messages of one line. */
export class Cluster {
  readonly config: KubeConfig;
  readonly client: KubeClient;

  constructor(config: KubeConfig) {
    this.config = config;
    this.client = new KubeClient(config);
  }

  /** Pods with these labels, by namespace and name; without a namespace those of all. */
  async pods(namespace: string | undefined, labels: readonly string[]): Promise<readonly Pod[]> {
    const { items } = await this.asking(() =>
      this.client.listAll<Pod>(pods, { namespace, labelSelector: labels.join(",") }),
    );
    return [...items].sort((a, b) => compare(nameOf(a), nameOf(b)));
  }

  /** The HTTP server at a port inside a pod, be it of the loopback interface, reached through the API server. */
  serverIn({ metadata: { namespace, name } }: Pod, port: number): AdminServer {
    return {
      name: `port ${port} of pod ${namespace}/${name}`,
      connect: () => this.asking(() => connectToPod(this.config, { namespace, name, port })),
      advice: "Look at the pod's log.",
    };
  }

  /** Does what asks the API server. Its errors become a {@link CommandError}. */
  async asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof KubeError ? new CommandError(this.#explain(error)) : error;
    }
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.client.close();
  }

  #explain({ status, message, reason }: KubeError): string {
    const { server } = this.config;
    const detail = message.replace(/^[A-Z]+ \/\S*: /, "");
    if (reason === "Unreachable")
      return `The cluster at ${server} does not answer (${detail.replace("the API server cannot be reached: ", "")}). --kubeconfig and --context choose another one.`;
    if (status === 401) return `The cluster at ${server} does not know who asks (${detail}). Log in again.`;
    return `The cluster at ${server} refuses: ${detail}`;
  }
}

/** `namespace/name` */
export function nameOf({ metadata: { namespace, name } }: Pod): string {
  return `${namespace}/${name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
