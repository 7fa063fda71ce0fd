import type { KubeClient } from "../../kube/client.ts";
import { apiVersionOf, type KubeResource, pathOf } from "../../kube/resource.ts";

export const tokenReviews: KubeResource = {
  group: "authentication.k8s.io",
  version: "v1",
  plural: "tokenreviews",
  kind: "TokenReview",
  isNamespaced: false,
};

/** The API server's answer, as far as it is looked at. */
interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly error?: string;
    readonly audiences?: readonly string[];
    readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  };
}

const podName = "authentication.kubernetes.io/pod-name";

/**
 * Asks the API server whose token an Envoy shows. It must be for us (`audience`), of the pod that the Envoy's node id names, and that pod
 * must run in the namespace of the Gateway whose configuration is asked for: who runs pods elsewhere gets nothing of it.
 */
export function createTokenAuthorizer(options: {
  readonly client: KubeClient;
  readonly audience: string;
}): (
  token: string | undefined,
  node: { readonly id: string; readonly cluster: string },
) => Promise<string | undefined> {
  const { client, audience } = options;
  return async (token, node) => {
    if (!token) return "a service account's token is needed";
    const { status } = await client.send<TokenReview>({
      method: "POST",
      path: pathOf(tokenReviews),
      body: {
        apiVersion: apiVersionOf(tokenReviews),
        kind: tokenReviews.kind,
        spec: { token, audiences: [audience] },
      },
    });
    const { authenticated, error, audiences = [], user } = status ?? {};
    if (!authenticated) return `the token is not valid: ${error ?? "the API server does not know it"}`;
    if (!audiences.includes(audience)) return `the token is not for ${audience}`;
    const [, namespace] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(user?.username ?? "") ?? [];
    if (namespace === undefined) return "the token is no service account's";
    if (user?.extra?.[podName]?.[0] !== node.id) return "the token is another pod's";
    // The fleet of a class that merges its Gateways is no namespace's, whatever its name.
    const [, fleetNamespace] = /^([^/]+)\/[^/]+$/.exec(node.cluster) ?? [];
    if (fleetNamespace === undefined) return `${node.cluster} is no Gateway, whose namespace the pod could run in`;
    return namespace === fleetNamespace ? undefined : `the pod runs in ${namespace}, not in ${fleetNamespace}`;
  };
}
