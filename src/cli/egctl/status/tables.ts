import type { StampedCondition } from "../../../status/conditions.ts";
import type { WrittenStatus } from "../../../status/object-status.ts";
import type { StatusReference } from "../../../translate/conditions.ts";
import type { CliContext } from "../../context.ts";
import { renderTable } from "../../output/table.ts";
import { onTarget } from "../target/target.ts";
import { type ListedStatus, listStatuses, namespaceOf } from "./items.ts";
import type { WantedKinds } from "./kinds.ts";
import type { StatusOptions } from "./options.ts";

/** Tables of the statuses, one for each kind of object that is there. */
export async function statusTables(
  { kinds, isGroup }: WantedKinds,
  options: StatusOptions,
  context: CliContext,
): Promise<string> {
  return onTarget(options, context, async (target) => {
    const namespace = namespaceOf(target, options);
    const items = await listStatuses(target, kinds, namespace);
    const tables = kinds.flatMap((kind) => {
      const listed = items.filter((item) => item.kind === kind);
      return listed.length > 0 ? [tableOf(kind, listed, isGroup, options)] : [];
    });
    if (tables.length > 0) return tables.join("\n");
    const where = namespace === undefined ? "" : ` in namespace ${namespace}; -A shows those of all namespaces`;
    return `No statuses${where}.\n`;
  });
}

type Row = readonly string[];

function tableOf(kind: string, items: readonly ListedStatus[], isGroup: boolean, options: StatusOptions): string {
  const isNamespaced = items.some(({ metadata }) => metadata.namespace !== undefined);
  const reference = items.some(({ status }) => status.parents)
    ? "PARENT"
    : items.some(({ status }) => status.ancestors)
      ? "ANCESTOR"
      : undefined;
  const header = [
    ...(options.allNamespaces && isNamespaced ? ["NAMESPACE"] : []),
    "NAME",
    ...(reference ? [`${reference} REFERENCE`] : []),
    ...["TYPE", "STATUS", "REASON"],
    ...(options.verbose ? ["MESSAGE", "OBSERVED GENERATION", "LAST TRANSITION TIME"] : []),
  ];
  const rows = items.flatMap((item) => {
    const { name, namespace = "" } = item.metadata;
    const own = [...(header[0] === "NAMESPACE" ? [namespace] : []), isGroup ? `${kind.toLowerCase()}/${name}` : name];
    return objectRows(item.status, own, reference !== undefined, options);
  });
  return renderTable(header, rows);
}

/** Rows of one object; what a row has in common with the one above it is left blank. */
function objectRows(status: WrittenStatus, own: Row, hasReference: boolean, options: StatusOptions): Row[] {
  const parts = hasReference ? referenced(status) : [{ reference: "", conditions: status.conditions ?? [] }];
  const blank = own.map(() => "");
  let isFirst = true;
  // An object that no controller has looked at has a row, too: that is what people look for.
  if (parts.every(({ conditions }) => conditions.length === 0))
    return [[...own, ...(hasReference ? [parts[0]?.reference ?? ""] : []), "<none>"]];
  return parts.flatMap(({ reference, conditions }) => {
    const shown = options.quiet ? newestFirst(conditions).slice(0, 1) : newestFirst(conditions);
    return shown.map((condition, i) => {
      const front = isFirst ? own : blank;
      isFirst = false;
      return [...front, ...(hasReference ? [i === 0 ? reference : ""] : []), ...cells(condition, options)];
    });
  });
}

function referenced({
  parents = [],
  ancestors = [],
}: WrittenStatus): { readonly reference: string; readonly conditions: readonly StampedCondition[] }[] {
  return [
    ...parents.map(({ parentRef, conditions }) => ({ reference: referenceText(parentRef), conditions })),
    ...ancestors.map(({ ancestorRef, conditions }) => ({ reference: referenceText(ancestorRef), conditions })),
  ];
}

function referenceText({ kind, namespace, name, sectionName }: StatusReference): string {
  const section = sectionName === undefined ? "" : `/${sectionName}`;
  return `${(kind ?? "Gateway").toLowerCase()}/${namespace === undefined ? "" : `${namespace}/`}${name}${section}`;
}

/** The newest first; of the same age in the order in which they stand. */
function newestFirst(conditions: readonly StampedCondition[]): StampedCondition[] {
  return [...conditions].sort((a, b) =>
    a.lastTransitionTime === b.lastTransitionTime ? 0 : a.lastTransitionTime < b.lastTransitionTime ? 1 : -1,
  );
}

function cells(
  { type, status, reason, message, observedGeneration, lastTransitionTime }: StampedCondition,
  { verbose }: StatusOptions,
): Row {
  return [type, status, reason, ...(verbose ? [message, String(observedGeneration ?? ""), lastTransitionTime] : [])];
}
