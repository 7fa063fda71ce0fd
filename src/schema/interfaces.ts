/** TypeScript interfaces from kinds, with texts and defaults where an editor shows them. */
import type { KindSchema } from "./kind.ts";
import type { Structural } from "./structural.ts";

/** Two objects of different shape under one name. */
export class NameConflictError extends Error {
  override readonly name = "NameConflictError";
}

/** What has been declared so far, and the names that kinds will take. */
interface Declarations {
  readonly texts: Map<string, string>;
  readonly kindNames: ReadonlySet<string>;
}

/**
 * The source text of a declaration file with one interface per kind and per named type, in alphabetical order. Types are those
 * after defaulting: a defaulted field is always there. A name that is taken is given up for a mere alias (its type stands in its
 * place then); two objects under one name throw a {@link NameConflictError}.
 */
export function toInterfaces(kinds: readonly KindSchema[]): string {
  const declarations: Declarations = { texts: new Map(), kindNames: new Set(kinds.map((kind) => kind.typeName)) };
  for (const kind of kinds) declareKind(kind, declarations);
  const texts = [...declarations.texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return [
    "// Generated from the schemas in src/; do not edit.",
    'import type { ObjectMeta } from "../schema/metadata.ts";',
    ...texts,
    "",
  ].join("\n\n");
}

function declareKind(kind: KindSchema, declarations: Declarations): void {
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...own } = kind.schema.properties ?? {};
  const body = fieldsText({ ...kind.schema, properties: own }, "  ", declarations);
  const header = [
    "  readonly apiVersion: string;",
    `  readonly kind: ${JSON.stringify(kind.kind)};`,
    "  readonly metadata: ObjectMeta;",
  ];
  const text = `${comment(kind.doc, "")}export interface ${kind.typeName} {\n${header.join("\n")}\n${body}}`;
  if (declarations.texts.has(kind.typeName)) throw new NameConflictError(`two kinds are called ${kind.typeName}`);
  declarations.texts.set(kind.typeName, text);
}

function fieldsText(schema: Structural, indent: string, declarations: Declarations): string {
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => {
      const isThere = schema.required?.includes(name) === true || property.default !== undefined;
      const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
      const lines = [
        property.description ?? property.typeDoc ?? "",
        ...(property.default === undefined ? [] : [`Default: \`${JSON.stringify(property.default)}\`.`]),
      ];
      const text = lines.filter((line) => line !== "").join("\n\n");
      return `${comment(text, indent)}${indent}readonly ${key}${isThere ? "" : "?"}: ${typeText(property, indent, declarations)};\n`;
    })
    .join("");
}

function typeText(schema: Structural, indent: string, declarations: Declarations): string {
  const plain = plainTypeText(schema, indent, declarations);
  return schema.nullable === true ? `${plain} | null` : plain;
}

function plainTypeText(schema: Structural, indent: string, declarations: Declarations): string {
  const { typeName } = schema;
  if (typeName === undefined) return shapeText(schema, indent, declarations);
  const isInterface = schema.type === "object" && schema.properties !== undefined;
  const shape = shapeText(schema, "", declarations);
  const text = `${comment(schema.typeDoc ?? "", "")}export ${isInterface ? `interface ${typeName} ${shape}` : `type ${typeName} = ${shape};`}`;
  const known = declarations.texts.get(typeName);
  const isTaken = declarations.kindNames.has(typeName) || (known !== undefined && known !== text);
  if (!isTaken) declarations.texts.set(typeName, text);
  else if (isInterface) throw new NameConflictError(`${typeName} names two different types`);
  return isTaken ? shapeText(schema, indent, declarations) : typeName;
}

function shapeText(schema: Structural, indent: string, declarations: Declarations): string {
  if (schema["x-kubernetes-int-or-string"]) return "number | string";
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
    case "number":
      return schema.type;
    case "integer":
      return "number";
    case "array": {
      const item = schema.items ? typeText(schema.items, indent, declarations) : "unknown";
      return / [|]/.test(item) && !item.startsWith("{") ? `readonly (${item})[]` : `readonly ${item}[]`;
    }
    case "object": {
      if (schema.properties) return `{\n${fieldsText(schema, `${indent}  `, declarations)}${indent}}`;
      const values = schema.additionalProperties
        ? typeText(schema.additionalProperties, indent, declarations)
        : "unknown";
      return `{ readonly [key: string]: ${values} }`;
    }
    default:
      return "unknown";
  }
}

function comment(text: string, indent: string): string {
  if (text === "") return "";
  const lines = text.replaceAll("*/", "*\\/").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}
