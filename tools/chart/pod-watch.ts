/** Tells how the pods of an installation start, while Helm waits for them in silence. */
import { setTimeout as sleep } from "node:timers/promises";
import { KubeClient } from "../../src/kube/client.ts";
import { loadKubeConfig } from "../../src/kube/config.ts";
import type { KubeResource } from "../../src/kube/resource.ts";
import { type PodView, podProgress, podTrouble } from "./pod-trouble.ts";

const pods: KubeResource = { group: "", version: "v1", plural: "pods", kind: "Pod", isNamespaced: true };

const everyMs = 1_000;

/**
 * Looks at the pods of a namespace until `signal` is aborted, and writes a line whenever one is another than before. Resolves with what is
 * wrong as soon as a pod cannot start whatever one waits, or with undefined at the abort. Pods that are
 * there already, of an earlier attempt, are about to be replaced and end nothing. An API server that does not answer is asked again.
 */
export async function watchPods(
  namespace: string,
  isOurs: (name: string) => boolean,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<string | undefined> {
  const client = new KubeClient(loadKubeConfig({ env: process.env }));
  const told = new Set<string>();
  let former: ReadonlySet<string> | undefined;
  const tell = (line: string): void => {
    if (!told.has(line)) write(line);
    told.add(line);
  };
  try {
    while (!signal.aborted) {
      const { items } = await client.list(pods, { namespace }).catch(() => ({ items: [] }));
      const found = items as readonly unknown[] as readonly PodView[];
      former ??= new Set(found.map(({ metadata }) => metadata.name));
      for (const pod of found.filter(({ metadata }) => isOurs(metadata.name))) {
        const trouble = podTrouble(pod);
        tell(podProgress(pod));
        if (trouble?.isFinal && !former.has(pod.metadata.name))
          return `${trouble.text}${trouble.hasLog ? await lastWords(client, namespace, pod) : ""}`;
        if (trouble) tell(trouble.text);
      }
      await sleep(everyMs, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  } finally {
    client.close();
  }
}

/** The end of the log of the pod's last run. */
async function lastWords(client: KubeClient, namespace: string, { metadata }: PodView): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/pods/${metadata.name}/log`;
  const log = await client.text({ method: "GET", path, query: { previous: true, tailLines: 10 } }).catch(() => "");
  return log.trim() === "" ? "" : `\n${log.trim().replace(/^/gm, "  ")}`;
}
