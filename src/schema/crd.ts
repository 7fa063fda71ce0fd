/** CustomResourceDefinitions from kinds. */
import type { Column, KindSchema, ResolvedVersion } from "./kind.ts";
import type { Structural } from "./structural.ts";

/** A CustomResourceDefinition as `kubectl apply` takes it. */
export interface CustomResourceDefinition {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string; readonly annotations?: { readonly [key: string]: string } };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
      readonly categories?: readonly string[];
    };
    readonly scope: "Namespaced" | "Cluster";
    readonly versions: readonly CrdVersion[];
  };
}

/** One version of a CRD. */
export interface CrdVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly deprecated?: boolean;
  readonly deprecationWarning?: string;
  readonly additionalPrinterColumns?: readonly Column[];
  readonly schema: { readonly openAPIV3Schema: Structural };
  readonly subresources?: { readonly status: Readonly<Record<string, never>> };
}

/** The CRD of a kind. `annotations` come with it, such as the approval that groups under `k8s.io` need. */
export function toCRD(kind: KindSchema, annotations?: { readonly [key: string]: string }): CustomResourceDefinition {
  const { plural, singular, shortNames, categories } = kind;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${kind.group}`, ...(annotations && { annotations }) },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural,
        singular,
        ...(shortNames.length > 0 && { shortNames }),
        ...(categories.length > 0 && { categories }),
      },
      scope: kind.scope,
      versions: kind.versions.map(crdVersion),
    },
  };
}

function crdVersion(version: ResolvedVersion): CrdVersion {
  const { name, served, storage, deprecationWarning, columns, schema } = version;
  return {
    name,
    served,
    storage,
    ...(deprecationWarning !== undefined && { deprecated: true, deprecationWarning }),
    ...(columns.length > 0 && { additionalPrinterColumns: columns }),
    schema: { openAPIV3Schema: toOpenAPI(schema) },
    ...(schema.properties?.status !== undefined && { subresources: { status: {} } }),
  };
}

/** The schema without what only we know of (names of types). */
export function toOpenAPI(schema: Structural): Structural {
  const { typeName: _name, typeDoc, ...rest } = schema;
  const description = schema.description ?? typeDoc;
  return {
    ...rest,
    ...(description !== undefined && { description }),
    ...(schema.properties && { properties: mapValues(schema.properties, toOpenAPI) }),
    ...(schema.items && { items: toOpenAPI(schema.items) }),
    ...(schema.additionalProperties && { additionalProperties: toOpenAPI(schema.additionalProperties) }),
  };
}

/** An object with the same keys and changed values. */
export function mapValues<A, B>(object: { readonly [key: string]: A }, change: (value: A) => B): { [key: string]: B } {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
