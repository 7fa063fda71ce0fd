import { type EnsureResult, ensureStore } from "../../certificates/ensure.ts";
import { type CertificateName, certificateNames } from "../../certificates/layout.ts";
import type { CertificateStore, PartName } from "../../certificates/store.ts";
import type { AnyObject, KubeClient } from "../../kube/client.ts";
import { hasStatus, KubeError } from "../../kube/error.ts";
import type { KubeResource } from "../../kube/resource.ts";

const secrets: KubeResource = { group: "", version: "v1", plural: "secrets", kind: "Secret", isNamespaced: true };

/** Of every Secret that is made here. */
const labels = { "control-plane": "envoy-gateway" };

export interface CertificateSecretsOptions {
  readonly client: KubeClient;
  /** Namespace of the control plane. */
  readonly namespace: string;
  /** DNS domain of the cluster. */
  readonly clusterDomain: string;
  readonly now: Date;
  /** Replaces what is there. Default: false. */
  readonly overwrite?: boolean | undefined;
}

/**
 * Makes the Secrets `envoy-gateway`, `envoy`, `envoy-rate-limit` (certificates) and `envoy-oidc-hmac` of a control plane in a cluster. Good ones
 * are kept, and a set that is not complete or does not fit together is made anew. New certificates come with the authority of those before,
 * since mounted Secrets reach the pods at different times. Rejects with a `KubeError`; nothing is written when a Secret cannot be read.
 */
export async function ensureCertificateSecrets(options: CertificateSecretsOptions): Promise<EnsureResult> {
  const { client, namespace, clusterDomain, now, overwrite } = options;
  const parts: readonly PartName[] = [...certificateNames, "envoy-oidc-hmac"];
  const former = new Map<PartName, AnyObject>();
  for (const part of parts) {
    const found = await client.get(secrets, { namespace, name: part }).catch((error: unknown) => {
      if (hasStatus(error, 404)) return undefined;
      throw withAdvice(error, namespace);
    });
    if (found) former.set(part, found);
  }
  const written = new Map<PartName, Record<string, string>>();
  const store: CertificateStore = {
    async read(part, names) {
      const data = { ...dataOf(former.get(part)), ...written.get(part) };
      const files = names.map((name) => [name, decoded(data[name])] as const);
      return Object.fromEntries(files) as Record<(typeof names)[number], Buffer | undefined>;
    },
    async write(part, files) {
      const data = Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString("base64")]);
      written.set(part, { ...written.get(part), ...Object.fromEntries(data) });
    },
  };
  const dnsNames = (name: CertificateName): readonly string[] => namesInCluster(name, namespace, clusterDomain);
  const result = await ensureStore({ store, now, overwrite, dnsNames, keepsAuthorities: true });
  for (const [part, data] of written) {
    await write(client, namespace, part, former.get(part), data).catch((error: unknown) => {
      throw withAdvice(error, namespace);
    });
  }
  return result;
}

/** Host names of a party's certificate in a cluster: the control plane's Service, or any host of the namespace. */
export function namesInCluster(name: CertificateName, namespace: string, clusterDomain: string): readonly string[] {
  if (name !== "envoy-gateway") return ["*", `*.${namespace}`];
  const service = `${name}.${namespace}`;
  return [name, service, `${service}.svc`, `${service}.svc.${clusterDomain}`];
}

async function write(
  client: KubeClient,
  namespace: string,
  part: PartName,
  former: AnyObject | undefined,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  if (former) {
    await client.replace(secrets, { ...former, data: { ...dataOf(former), ...data } });
    return;
  }
  const type = part === "envoy-oidc-hmac" ? "Opaque" : "kubernetes.io/tls";
  await client.create(secrets, { metadata: { name: part, namespace, labels }, type, data });
}

function dataOf(secret: AnyObject | undefined): Readonly<Record<string, string>> {
  return (secret?.["data"] ?? {}) as Record<string, string>;
}

function decoded(value: string | undefined): Buffer | undefined {
  return value === undefined ? undefined : Buffer.from(value, "base64");
}

function withAdvice(error: unknown, namespace: string): unknown {
  if (!(error instanceof KubeError) || error.status !== 403) return error;
  const needed = `a Role in namespace ${namespace} with the verbs get, create and update on secrets`;
  return new KubeError(`${error.message} (certgen needs ${needed})`, error.status, error.reason, undefined, error);
}
