/** A kind of resource: names, versions and the schema of its objects. */
import {
  type Field,
  type Fields,
  type ObjectIn,
  type ObjectOut,
  object,
  optional,
  required,
  type Schema,
  string,
} from "./builder.ts";
import type { NameFormat, ObjectMeta } from "./metadata.ts";
import type { Rule, Structural } from "./structural.ts";

/** A column of `kubectl get`; `priority` above 0 shows it in the wide listing only. */
export interface Column {
  readonly name: string;
  readonly type: "string" | "date" | "integer" | "number" | "boolean";
  readonly jsonPath: string;
  readonly priority?: number;
  readonly format?: string;
  readonly description?: string;
}

/** One version under which a kind is served. */
export interface KindVersion {
  readonly name: string;
  /** Whether an API server answers for it. Default: true. */
  readonly served?: boolean;
  /** Whether objects are stored as this version. Default: true for the first version if none says so. */
  readonly storage?: boolean;
  /** Warning shown to whoever uses this version; its presence marks the version as deprecated. */
  readonly deprecationWarning?: string;
  /** Columns of this version where they differ from the kind's. */
  readonly columns?: readonly Column[];
  /** Schema of the specification where it differs from the kind's. */
  readonly spec?: Schema;
}

/** What is written for a kind; see {@link kind}. */
export interface KindOptions {
  /** API group; empty for Kubernetes' core group. */
  readonly group: string;
  /** Versions, the storage version first. */
  readonly versions: readonly (string | KindVersion)[];
  /** Versions that are read as if they were the first, but are not part of the CRD. */
  readonly aliases?: readonly string[];
  /** Lower-case plural, as in URLs. Default: the kind in lower case with an `s`. */
  readonly plural?: string;
  /** Name of the TypeScript interface, where the kind's own name is taken by another type. Default: the kind. */
  readonly typeName?: string;
  /** Default: the kind in lower case. */
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Default: `Namespaced`. */
  readonly scope?: "Namespaced" | "Cluster";
  /** What names of objects look like. Default: `DNSSubdomain`. */
  readonly nameFormat?: NameFormat;
  readonly columns?: readonly Column[];
  /** What the user wants. A schema stands for a required field. */
  readonly spec?: Schema | Field;
  /** What was observed. A schema stands for an optional field. */
  readonly status?: Schema | Field;
  /** Further fields at the top, such as a ConfigMap's `data`. */
  readonly fields?: Fields;
  /** Rules over the whole object; of `metadata` they see `name` and `generateName` only. */
  readonly rules?: readonly Rule[];
  /** What the kind is for. */
  readonly doc: string;
}

type AsField<T, P extends "required" | "optional"> = T extends Field
  ? T
  : T extends Schema<infer O, infer I>
    ? Field<O, I, P>
    : never;
type BodyFields<O extends KindOptions> = (O extends { fields: infer F extends Fields } ? F : unknown) &
  (O extends { spec: infer S } ? { spec: AsField<S, "required"> } : unknown) &
  (O extends { status: infer S } ? { status: AsField<S, "optional"> } : unknown);
type Header<K extends string> = { readonly apiVersion: string; readonly kind: K; readonly metadata: ObjectMeta };
type FieldsOf<B> = B extends Fields ? B : Record<never, never>;

/** A registered kind. `schema` is that of whole objects; `Out` and `In` are as in {@link Schema}. */
export interface KindSchema<out Out = unknown, out In = unknown> {
  readonly kind: string;
  /** Name of the TypeScript interface. */
  readonly typeName: string;
  readonly group: string;
  readonly versions: readonly ResolvedVersion[];
  readonly aliases: readonly string[];
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly scope: "Namespaced" | "Cluster";
  readonly nameFormat: NameFormat;
  readonly doc: string;
  /** Schema of an object of the storage version. */
  readonly schema: Schema<Out, In>;
}

/** A version with everything filled in. */
export interface ResolvedVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecationWarning?: string;
  readonly columns: readonly Column[];
  readonly schema: Schema;
}

/** Type of a kind's objects after defaulting. */
export type InferKind<K> = K extends KindSchema<infer Out> ? Out : never;

/** Type of a kind's objects as users write them. */
export type InferKindInput<K> = K extends KindSchema<unknown, infer In> ? In : never;

/** The column with the object's age. */
export const AGE: Column = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

/** A column that shows the status of a condition of this type. */
export function conditionColumn(type: string): Column {
  return { name: type, type: "string", jsonPath: `.status.conditions[?(@.type=="${type}")].status` };
}

/** A column. */
export function column(
  name: string,
  jsonPath: string,
  options: Partial<Omit<Column, "name" | "jsonPath">> = {},
): Column {
  return { name, type: "string", jsonPath, ...options };
}

/** Declares a kind. All versions share one schema, unless a version brings its own `spec`. */
export function kind<const K extends string, O extends KindOptions>(
  name: K,
  options: O,
): KindSchema<Header<K> & ObjectOut<FieldsOf<BodyFields<O>>>, Header<K> & ObjectIn<FieldsOf<BodyFields<O>>>> {
  const versions = options.versions.map((version) => (typeof version === "string" ? { name: version } : version));
  const hasStorage = versions.some((version) => version.storage === true);
  const common = rootSchema(options, options.spec);
  const resolved = versions.map(
    (version: KindVersion, index): ResolvedVersion => ({
      name: version.name,
      served: version.served ?? true,
      storage: hasStorage ? version.storage === true : index === 0,
      ...(version.deprecationWarning !== undefined && { deprecationWarning: version.deprecationWarning }),
      columns: version.columns ?? options.columns ?? [],
      schema: version.spec ? rootSchema(options, version.spec) : common,
    }),
  );
  const lower = name.toLowerCase();
  return {
    kind: name,
    typeName: options.typeName ?? name,
    group: options.group,
    versions: resolved,
    aliases: options.aliases ?? [],
    plural: options.plural ?? `${lower}s`,
    singular: options.singular ?? lower,
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? [],
    scope: options.scope ?? "Namespaced",
    nameFormat: options.nameFormat ?? "DNSSubdomain",
    doc: options.doc,
    schema: common as Schema<never, never>,
  };
}

/** Schema for objects with this `apiVersion` (`group/version`, or `version` in the core group); absent if the kind has no such version. */
export function schemaFor(kind: KindSchema, apiVersion: string): Schema | undefined {
  const slash = apiVersion.lastIndexOf("/");
  if ((slash < 0 ? "" : apiVersion.slice(0, slash)) !== kind.group) return undefined;
  const name = apiVersion.slice(slash + 1);
  const version = kind.versions.find((candidate) => candidate.name === name);
  return version?.schema ?? (kind.aliases.includes(name) ? kind.schema : undefined);
}

const metadataField: Field<unknown, unknown, "optional"> = optional<unknown, unknown>({ type: "object" });

function rootSchema(options: KindOptions, spec: Schema | Field | undefined): Schema {
  const fields: { [name: string]: Field } = {
    apiVersion: optional(string(), "Group and version of the object's kind."),
    kind: optional(string(), "The object's kind."),
    metadata: metadataField,
    ...options.fields,
  };
  if (spec) fields.spec = isField(spec) ? spec : required(spec, "What is wanted.");
  if (options.status)
    fields.status = isField(options.status) ? options.status : optional(options.status, "What was observed.");
  return { ...object(fields, ...(options.rules ?? [])), description: options.doc };
}

function isField(value: Structural | Field): value is Field {
  return "presence" in value;
}
