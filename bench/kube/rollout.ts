/** Deployments that change: of the control plane, and of gateways' Envoys. */
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeClient } from "../../src/kube/client.ts";
import { resources, systemNamespace } from "./objects.ts";

const limitMs = 240_000;
const pollMs = 200;

interface Deployment {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly replicas?: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly terminatingReplicas?: number;
  };
}

/** Replaces all pods of a Deployment in the control plane's namespace, as `kubectl rollout restart` does, and waits until it is done. */
export async function restart(client: KubeClient, name: string): Promise<void> {
  const annotations = { "kubectl.kubernetes.io/restartedAt": new Date().toISOString() };
  await patchAndWait(client, name, { spec: { template: { metadata: { annotations } } } });
}

/** Sets the number of pods, and waits until it is reached and the others have ended. */
export async function scale(client: KubeClient, name: string, replicas: number): Promise<void> {
  await patchAndWait(client, name, { spec: { replicas } });
}

async function patchAndWait(client: KubeClient, name: string, patch: object): Promise<void> {
  const place = { namespace: systemNamespace, name };
  await client.patch(resources.deployment, place, "strategic", patch);
  await rolledOut(client, name);
}

/** Waits until the Deployment has the pods that it should have, and no others. */
export async function rolledOut(client: KubeClient, name: string): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    const { metadata, spec, status } = await client.get<Deployment>(resources.deployment, {
      namespace: systemNamespace,
      name,
    });
    const wanted = spec.replicas ?? 1;
    const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
    const isDone =
      (status.observedGeneration ?? 0) >= metadata.generation &&
      counts.every((count) => (count ?? 0) === wanted) &&
      (status.terminatingReplicas ?? 0) === 0;
    if (isDone) return;
    if (performance.now() > end) throw new Error(`the Deployment ${name} did not get ready: ${JSON.stringify(status)}`);
    await sleep(pollMs);
  }
}
