import { type Answer, jsonAnswer } from "../http/answer.ts";
import type { AdminContext } from "./context.ts";
import { kindNamed } from "./kind-names.ts";

/** `items` with kind, name and status of every object that has one, by kind and name; with `kind` of that kind alone. */
export function describeStatuses(context: AdminContext, url: URL): Answer {
  const wanted = url.searchParams.get("kind");
  const kind = wanted === null ? undefined : kindNamed(wanted);
  if (wanted !== null && !kind) return jsonAnswer({ error: `There is no kind ${wanted}.` }, 400);
  const items = (context.plane()?.statuses?.list(kind?.kind) ?? []).map(({ kind: name, key, status }) => {
    const slash = key.indexOf("/");
    const metadata = slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
    return { kind: name, metadata, status };
  });
  return jsonAnswer({ items });
}
