import type { KubeObject } from "../../api/object.ts";
import type { KindDefinition } from "../../api/registry.ts";
import { registry } from "../../features/kinds.ts";
import { type Answer, jsonAnswer } from "../http/answer.ts";
import type { AdminContext } from "./context.ts";
import { kindNamed } from "./kind-names.ts";
import { redactObject } from "./redact.ts";

const shown: readonly KindDefinition[] = registry.kinds.filter(({ ignored }) => ignored !== true);

/**
 * The objects as the control plane holds them, under the plural names of their kinds. Without `resource` only names; with
 * `resource=all` or the name of a kind (plural, singular, short or as in manifests) whole objects, values of Secrets masked.
 */
export function configDump(context: AdminContext, url: URL): Answer {
  const wanted = url.searchParams.get("resource");
  const kind = wanted === null || wanted === "all" ? undefined : kindNamed(wanted);
  if (wanted !== null && wanted !== "all" && !kind) {
    const supported = ["all", ...shown.map(({ singular }) => singular)];
    return jsonAnswer({ error: `There is no resource ${wanted}. Supported: ${supported.join(", ")}.`, supported }, 400);
  }
  const show = wanted === null ? nameOf : redactObject;
  const objects = context.plane()?.controller.translation.objects;
  const kinds = kind ? [kind] : shown;
  const dump = kinds.map(
    ({ kind: name, plural }) =>
      [plural, [...(objects?.ofKind(name).entries() ?? [])].map(([, object]) => show(object))] as const,
  );
  return jsonAnswer(Object.fromEntries(kind ? dump : dump.filter(([, list]) => list.length > 0)));
}

function nameOf({ metadata: { name, namespace } }: KubeObject): { readonly namespace?: string; readonly name: string } {
  return { ...(namespace !== undefined && { namespace }), name };
}
