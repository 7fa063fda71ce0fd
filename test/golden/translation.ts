/** What comes of manifests: problems with them, what Envoys are sent, and statuses. */
import type { JsonValue, Registry } from "@bufbuild/protobuf";
import { registry } from "../../src/features/kinds.ts";
import { registryFor } from "../../src/server/admin/message-types.ts";
import type { ObjectChange, SourceProblem } from "../../src/sources/source.ts";
import type { Condition, StatusBody, StatusReference } from "../../src/translate/conditions.ts";
import { sameData } from "../../src/translate/equal.ts";
import { defaultTranslationOptions } from "../../src/translate/options.ts";
import type { FleetChange } from "../../src/translate/resources.ts";
import { Translation, type TranslationChanges } from "../../src/translate/translation.ts";
import { digestCluster, digestListener, digestLoadAssignment, digestVirtualHost } from "./digest.ts";
import { readStory, type Story } from "./play.ts";

type Entries = Readonly<Record<string, JsonValue>>;

/** Parts of a translation's outcome, each by name. */
export interface TranslationOutcome {
  readonly problems: readonly string[];
  /** By fleet and kind of resource. */
  readonly xds: Readonly<Record<string, Entries>>;
  readonly status: Readonly<Record<string, Entries>>;
}

/** The outcome of a story, without what `_defaults.yaml` alone gives already. Objects of the story take the place of defaults. */
export async function translationOutcome({ defaults, manifests, name }: Story): Promise<TranslationOutcome> {
  const [common, own] = await Promise.all([readStory(defaults), readStory(manifests)]);
  const before = await outcomeOf(common.objects, name);
  const after = await outcomeOf([...common.objects, ...own.objects], name);
  return {
    problems: own.problems.map(describeProblem),
    xds: difference(before.xds, after.xds),
    status: difference(before.status, after.status),
  };
}

/** What is new or different, down to the entries of each. */
function difference(
  before: Readonly<Record<string, Entries>>,
  after: Readonly<Record<string, Entries>>,
): Record<string, Entries> {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const result: Record<string, Entries> = {};
  for (const name of names) {
    const former = before[name] ?? {};
    const changed = Object.entries(after[name] ?? {}).filter(([entry, value]) => !sameData(value, former[entry]));
    const gone = Object.keys(former).filter((entry) => !(entry in (after[name] ?? {})));
    const entries = [...changed, ...gone.map((entry) => [entry, "(gone)"] as const)];
    if (entries.length > 0) result[name] = Object.fromEntries(entries);
  }
  return result;
}

async function outcomeOf(
  objects: readonly ObjectChange[],
  name: string,
): Promise<Pick<TranslationOutcome, "xds" | "status">> {
  const options = {
    ...defaultTranslationOptions,
    extensionApis: { ...defaultTranslationOptions.extensionApis, enableBackend: true },
  };
  const translation = new Translation(
    options,
    registry.kinds.map(({ kind }) => kind),
  );
  for (const { kind, key, object } of objects) translation.write(kind, key, object);
  const changes = translation.commit();
  const [failure] = changes.report.failures;
  if (failure) throw new Error(`${name}: ${failure.collection} ${failure.key}`, { cause: failure.error });
  return { xds: await digest(changes), status: statuses(translation) };
}

function describeProblem({ severity, code, kind, key, field, message }: SourceProblem): string {
  const where = [kind, key, field].filter((part) => part !== undefined).join(" ");
  return `${severity} ${code} ${where}: ${message}`;
}

async function digest({ xds, fleets }: TranslationChanges): Promise<TranslationOutcome["xds"]> {
  const result: Record<string, Entries> = {};
  for (const { key, value } of fleets) {
    if (value && value.ports.length > 0) result[`fleet ${key}`] = { ports: value.ports.map(({ port }) => port) };
  }
  for (const [fleet, change] of [...xds].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const types = await registryFor(bytesOf(change));
    for (const [kind, entries] of Object.entries(digestFleet(change, types))) {
      if (Object.keys(entries).length > 0) result[`${fleet} ${kind}`] = entries;
    }
  }
  return result;
}

function bytesOf(change: FleetChange): Uint8Array[] {
  const all: readonly { readonly value: { readonly bytes: Uint8Array } | undefined }[] = Object.values(change).flat();
  return all.flatMap(({ value }) => value?.bytes ?? []);
}

function digestFleet(change: FleetChange, types: Registry): Readonly<Record<string, Entries>> {
  return {
    listeners: each(change.listener, ({ bytes }) => digestListener(bytes, types)),
    routes: each(change.virtualHost, ({ bytes }) => digestVirtualHost(bytes, types)),
    clusters: each(change.cluster, ({ bytes }) => digestCluster(bytes, types)),
    endpoints: each(change.endpoint, ({ bytes }) => digestLoadAssignment(bytes)),
    secrets: each(change.secret, () => "(certificate)"),
  };
}

function each<T>(
  changes: readonly { readonly name: string; readonly value: T | undefined }[] | undefined,
  describe: (value: T) => JsonValue,
): Entries {
  const named = (changes ?? []).flatMap(({ name, value }) => (value ? [[name, describe(value)] as const] : []));
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function statuses(translation: Translation): Record<string, Entries> {
  return Object.fromEntries([...translation.statuses.entries()].map(([key, { body }]) => [key, describeStatus(body)]));
}

function describeStatus(body: StatusBody): Entries {
  const of = (conditions: readonly Condition[]): string[] => conditions.map(describeCondition);
  const parents = (body.parents ?? []).map(({ parentRef, conditions }) => [refText(parentRef), of(conditions)]);
  const ancestors = (body.ancestors ?? []).map(({ ancestorRef, conditions }) => [refText(ancestorRef), of(conditions)]);
  const listeners = (body.listeners ?? []).map(({ name, attachedRoutes, conditions }) => [
    `listener ${name}`,
    [`attached routes: ${attachedRoutes}`, ...of(conditions)],
  ]);
  const own = body.conditions ? [["conditions", of(body.conditions)]] : [];
  const sets = body.attachedListenerSets;
  const attached = sets === undefined ? [] : [["attached listener sets", sets] as const];
  return Object.fromEntries([...own, ...attached, ...parents, ...ancestors, ...listeners]);
}

function refText({ kind, namespace, name, sectionName, port }: StatusReference): string {
  return [`${kind} ${namespace ? `${namespace}/` : ""}${name}`, sectionName, port]
    .filter((part) => part !== undefined)
    .join(" ");
}

/** The texts of good news are always the same. */
const goodNews = new Set(["Accepted", "ResolvedRefs", "Programmed"]);

function describeCondition({ type, status, reason, message, observedGeneration }: Condition): string {
  const isGood = status === "True" && goodNews.has(reason);
  return `${type}=${status} ${reason} (${observedGeneration ?? "-"})${isGood ? "" : `: ${message}`}`;
}
