/** Golden stories of policy features. */
import { fromBinary, type JsonValue, toJson } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { policyKinds, registry } from "../../src/features/kinds.ts";
import { type Route, VirtualHostSchema } from "../../src/gen/envoy/config/route/v3/route_components_pb.js";
import { registryFor } from "../../src/server/admin/message-types.ts";
import type { Condition } from "../../src/translate/conditions.ts";
import { defaultTranslationOptions } from "../../src/translate/options.ts";
import type { FleetChange } from "../../src/translate/resources.ts";
import { Translation } from "../../src/translate/translation.ts";
import { play, readStory } from "./play.ts";

/** What a story says about policies: everything else of the translation is left out. */
export interface Outcome {
  /** What policies add to each Envoy route: configuration per filter, or the answer that replaces it. */
  readonly routes: Readonly<Record<string, JsonValue>>;
  /** Parts of filters that are delivered by extension discovery. */
  readonly extensions: Readonly<Record<string, JsonValue>>;
  /** Clusters that are there for policies. */
  readonly clusters: readonly string[];
  /** By policy and ancestor. */
  readonly status: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Plays a story together with `_defaults.yaml` beside it. */
export function playStory(file: string): Promise<{ readonly expected: unknown; readonly found: Outcome }> {
  return play(file, ({ defaults, manifests, name }) => outcomeOf(`${defaults}\n---\n${manifests}`, name));
}

async function outcomeOf(yaml: string, name: string): Promise<Outcome> {
  const { objects, problems } = await readStory(yaml);
  const errors = problems.filter(({ severity }) => severity !== "info");
  if (errors.length > 0) throw new Error(`${name}: ${JSON.stringify(errors)}`);
  const translation = new Translation(
    {
      ...defaultTranslationOptions,
      extensionApis: { ...defaultTranslationOptions.extensionApis, enableBackend: true },
    },
    registry.kinds.map(({ kind }) => kind),
  );
  for (const { kind, key, object } of objects) translation.write(kind, key, object);
  const { xds, report } = translation.commit();
  if (report.failures.length > 0) throw new Error(`${name}: ${String(report.failures[0]?.error)}`);
  const changes = [...xds.values()];
  return {
    routes: await routesOf(changes),
    extensions: await extensionsOf(changes),
    clusters: clustersOf(changes),
    status: statusesOf(translation),
  };
}

async function routesOf(changes: readonly FleetChange[]): Promise<Record<string, JsonValue>> {
  const hosts = changes.flatMap(({ virtualHost = [] }) => virtualHost.flatMap(({ value }) => value ?? []));
  const types = await registryFor(hosts.map(({ bytes }) => bytes));
  const routes = hosts.flatMap(({ table, bytes }) =>
    fromBinary(VirtualHostSchema, bytes).routes.map((route) => ({ key: `${table} ${route.name}`, route })),
  );
  const sorted = routes.sort((a, b) => (a.key < b.key ? -1 : 1));
  const describe = ({ typedPerFilterConfig, action }: Route): JsonValue => {
    const filters = Object.fromEntries(
      Object.entries(typedPerFilterConfig).map(([filter, config]) => {
        const message = anyUnpack(config, types);
        const schema = message && types.getMessage(message.$typeName);
        return [filter, message && schema ? toJson(schema, message, { registry: types }) : null];
      }),
    );
    return action.case === "directResponse" ? { directResponse: action.value.status, ...filters } : filters;
  };
  return Object.fromEntries(sorted.map(({ key, route }) => [key, describe(route)]));
}

async function extensionsOf(changes: readonly FleetChange[]): Promise<Record<string, JsonValue>> {
  const schemas = new Map(
    policyKinds.flatMap(({ features }) =>
      features.flatMap(({ httpFilter }) => (httpFilter ? [[httpFilter.name, httpFilter.schema]] : [])),
    ),
  );
  const parts = changes.flatMap(({ extensionPart = [] }) => extensionPart.flatMap(({ value }) => value ?? []));
  const types = await registryFor(parts.map(({ bytes }) => bytes));
  return Object.fromEntries(
    parts.flatMap(({ extension, name, bytes }) => {
      const schema = schemas.get(extension);
      return schema ? [[`${extension} ${name}`, toJson(schema, fromBinary(schema, bytes), { registry: types })]] : [];
    }),
  );
}

function clustersOf(changes: readonly FleetChange[]): string[] {
  const needed = changes.flatMap(({ extensionPart = [] }) =>
    extensionPart.flatMap(({ value }) => value?.clusters ?? []),
  );
  const there = new Set(changes.flatMap(({ cluster = [] }) => cluster.map(({ name }) => name)));
  return [...new Set(needed)].map((name) => (there.has(name) ? name : `${name} is missing`)).sort();
}

function statusesOf(translation: Translation): Outcome["status"] {
  const kinds = new Set(policyKinds.map(({ definition }) => definition.kind));
  const statuses = [...translation.statuses.entries()].filter(([, { kind }]) => kinds.has(kind));
  return Object.fromEntries(
    statuses.map(([key, { body }]) => [
      key,
      Object.fromEntries(
        (body.ancestors ?? []).map(({ ancestorRef, conditions }) => {
          const { kind, namespace, name, sectionName } = ancestorRef;
          return [
            `${kind} ${namespace}/${name}${sectionName ? ` ${sectionName}` : ""}`,
            conditions.map(describeCondition),
          ];
        }),
      ),
    ]),
  );
}

function describeCondition({ type, status, reason, message, observedGeneration }: Condition): string {
  return `${type}=${status} ${reason} (${observedGeneration ?? "-"}): ${message}`;
}
