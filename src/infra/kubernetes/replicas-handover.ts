import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { hasStatus } from "../../kube/error.ts";
import { fleetResources } from "./resources.ts";
import { fieldManager } from "./settings.ts";

/** Holds the number of replicas from our last word on it until the next one's first, such as an autoscaler's. */
const interim = `${fieldManager}-replicas`;

/** A Deployment with who wrote which of its fields. */
interface WorkloadView {
  readonly metadata: {
    readonly managedFields?: readonly {
      readonly manager?: string;
      readonly operation?: string;
      readonly fieldsV1?: { readonly "f:spec"?: { readonly "f:replicas"?: object } };
    }[];
  };
  readonly spec?: { readonly replicas?: number };
}

/**
 * Before a Deployment is applied without a number of replicas, because it is somebody else's to write: gives the number that we wrote to
 * another field manager. A field that nobody owns any more falls back to its default, so that the Deployment would shrink to one pod.
 */
export async function handOverReplicas(client: KubeClient, deployment: AnyObject): Promise<void> {
  const { namespace, name } = deployment.metadata;
  const place = { namespace, name };
  const resource = fleetResources.Deployment;
  const { metadata, spec } = await client.get<WorkloadView & AnyObject>(resource, place);
  const isOurs = metadata.managedFields?.some(
    ({ manager, operation, fieldsV1 }) =>
      manager === fieldManager && operation === "Apply" && fieldsV1?.["f:spec"]?.["f:replicas"] !== undefined,
  );
  if (!isOurs || spec?.replicas === undefined) return;
  const number: AnyObject = {
    metadata: { name, ...(namespace !== undefined && { namespace }) },
    spec: { replicas: spec.replicas },
  };
  try {
    await client.apply(resource, number, { fieldManager: interim, force: false });
  } catch (error) {
    // Somebody else has written the number meanwhile, and keeps it.
    if (!hasStatus(error, 409)) throw error;
  }
}
