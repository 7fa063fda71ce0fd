/** Envoy's admin port, reached as the guide reaches it (S32). */
import type { Guide } from "../harness/guide.ts";

/** Forwards the admin port of the Envoys that the selector finds; `stopBackground` of the guide ends it. */
export async function openAdmin(guide: Guide, selector: string): Promise<void> {
  await guide.output(
    `export ENVOY_DEPLOYMENT=$(kubectl get deploy -n envoy-gateway-system ${selector} -o jsonpath='{.items[0].metadata.name}')`,
  );
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell that puts something in its place
  await guide.forward("kubectl port-forward deploy/${ENVOY_DEPLOYMENT} -n envoy-gateway-system 19000:19000");
}

export function adminPage(guide: Guide, path: string): Promise<string> {
  return guide.output(`curl -sS --fail '127.0.0.1:19000${path}'`);
}
