import { groupOf, type KubeObject, objectKey } from "../../api/object.ts";
import type { KindDefinition, Registry } from "../../api/registry.ts";
import { compact } from "../../engine/index.ts";
import type { Admission } from "../../schema/admit.ts";
import { formatPath, type Issue } from "../../schema/issue.ts";
import { type Locator, locator, type Position } from "../../schema/positions.ts";
import { parseDocument } from "../../schema/yaml.ts";
import type { SourceProblem } from "../source.ts";
import { type Manifest, type ManifestObject, objectId } from "./manifest.ts";

/** What a document's objects are judged by. */
export interface InterpretOptions {
  readonly registry: Registry;
  /** `admit` of `src/schema/admit.ts`. */
  readonly admit: (kind: KindDefinition, raw: unknown) => Admission<unknown>;
  /** Namespace of objects that name none, for kinds that have namespaces. */
  readonly defaultNamespace: string;
}

/** Namespace of objects that name none: the one Envoy Gateway runs in. */
export const DEFAULT_NAMESPACE = "envoy-gateway-system";

type Path = readonly (string | number)[];
type Fields = { readonly [name: string]: unknown };

/** Makes the function that turns a document's text into what it says. Nothing the text holds makes it throw. */
export function createInterpreter(options: InterpretOptions): (text: string) => Manifest {
  return (text) => new Interpretation(text, options).run();
}

class Interpretation {
  readonly #text: string;
  readonly #options: InterpretOptions;
  readonly #objects: ManifestObject[] = [];
  readonly #refused: string[] = [];
  readonly #problems: SourceProblem[] = [];
  #isIllegible = false;
  #locator: Locator | undefined;

  constructor(text: string, options: InterpretOptions) {
    this.#text = text;
    this.#options = options;
  }

  run(): Manifest {
    const parsed = parseDocument(this.#text);
    if (!parsed.isOk) {
      const { message, line, column } = parsed;
      this.#isIllegible = true;
      this.#problems.push({ severity: "error", code: "YamlSyntax", message, line, column });
    } else if (parsed.value !== null) this.#read(parsed.value, []);
    return {
      objects: compact(this.#objects),
      refused: compact(this.#refused),
      isIllegible: this.#isIllegible,
      problems: compact(this.#problems),
    };
  }

  #read(raw: unknown, path: Path): void {
    if (!isFields(raw)) {
      this.#illegible(path, "NotAnObject", "a document is an object with apiVersion, kind and metadata");
      return;
    }
    const { apiVersion, kind } = raw;
    if (typeof apiVersion !== "string" || apiVersion === "") {
      const message = "must name the group and version, e.g. gateway.networking.k8s.io/v1";
      this.#illegible([...path, "apiVersion"], "Required", message);
    } else if (typeof kind !== "string" || kind === "") {
      this.#illegible([...path, "kind"], "Required", "must name the kind, e.g. HTTPRoute");
    } else if (kind === "List" || (kind.endsWith("List") && Array.isArray(raw["items"]))) {
      this.#readList(raw["items"], apiVersion, kind, path);
    } else this.#readKnown(raw, apiVersion, kind, path);
  }

  /** A list, as `kubectl get -o yaml` prints it. In a list of one kind the items need not repeat it. */
  #readList(items: unknown, apiVersion: string, kind: string, path: Path): void {
    const common = kind === "List" ? {} : { apiVersion, kind: kind.slice(0, -"List".length) };
    if (Array.isArray(items)) {
      for (const [index, item] of items.entries()) {
        this.#read(isFields(item) ? { ...common, ...item } : item, [...path, "items", index]);
      }
    } else if (items !== undefined && items !== null) {
      this.#illegible([...path, "items"], "WrongType", "must be a list of objects");
    }
  }

  #readKnown(raw: Fields, apiVersion: string, kind: string, path: Path): void {
    const definition = this.#options.registry.findKind(apiVersion, kind) ?? this.#inAnotherVersion(apiVersion, kind);
    if (definition === undefined) this.#unknownKind(apiVersion, kind, path);
    else if (definition.ignored !== true) this.#readObject(definition, raw, path);
    else {
      const message = `a standalone gateway has no use for ${kind} objects; this one is left out`;
      this.#note("info", "IgnoredKind", message, [...path, "kind"]);
    }
  }

  #readObject(definition: KindDefinition, raw: Fields, path: Path): void {
    const metadata = raw["metadata"];
    const name = isFields(metadata) ? metadata["name"] : undefined;
    if (!isFields(metadata) || typeof name !== "string" || name === "") {
      const kind = `${definition.kind} object`;
      const message =
        isFields(metadata) && metadata["generateName"] !== undefined
          ? `must name the ${kind}; generateName works with an API server only`
          : `must name the ${kind}`;
      this.#illegible([...path, "metadata", "name"], "Required", message, definition.kind);
      return;
    }
    const namespace = this.#namespaceOf(definition, metadata["namespace"], path);
    const key = objectKey(namespace, name);
    const known = { kind: definition.kind, key };
    const { object, issues } = this.#options.admit(definition, {
      ...raw,
      metadata: completeMetadata(metadata, namespace),
    });
    for (const issue of issues) this.#problems.push({ ...this.#problemOf(issue, path), ...known });
    const id = objectId(definition.kind, key);
    if (object === undefined) this.#refused.push(id);
    else {
      const lineOffset = path.length === 0 ? linesBeforeContent(this.#text) : this.#position(path).line - 1;
      this.#objects.push({ id, ...known, object: stored(definition, object), lineOffset });
    }
  }

  #namespaceOf(definition: KindDefinition, given: unknown, path: Path): string | undefined {
    if (definition.scope === "Cluster") {
      if (typeof given === "string" && given !== "") {
        this.#note(
          "warning",
          "NamespaceIgnored",
          `${definition.kind} objects belong to no namespace; this one is ignored`,
          [...path, "metadata", "namespace"],
        );
      }
      return undefined;
    }
    return typeof given === "string" && given !== "" ? given : this.#options.defaultNamespace;
  }

  /** The kind if only the version is wrong: admission says so then, and the object can still be told. */
  #inAnotherVersion(apiVersion: string, kind: string): KindDefinition | undefined {
    const group = groupOf(apiVersion);
    return this.#options.registry.kinds.find((candidate) => candidate.kind === kind && candidate.group === group);
  }

  /** A misspelt kind may be one that was right a moment ago, so that what the file defined then has to stay; any other is just not ours. */
  #unknownKind(apiVersion: string, kind: string, path: Path): void {
    const { registry } = this.#options;
    const elsewhere = registry.kinds.find((candidate) => candidate.kind === kind);
    const near = elsewhere === undefined ? registry.suggestKind(kind) : undefined;
    const hint =
      elsewhere !== undefined
        ? `; did you mean apiVersion: ${elsewhere.group === "" ? "" : `${elsewhere.group}/`}${elsewhere.versions[0]?.name ?? "v1"}?`
        : near !== undefined
          ? `; did you mean ${near}?`
          : "";
    if (elsewhere !== undefined || near !== undefined) this.#isIllegible = true;
    this.#note(
      "warning",
      "UnknownKind",
      `the kind ${kind} (${apiVersion}) is not known, the object is ignored${hint}`,
      [...path, elsewhere === undefined ? "kind" : "apiVersion"],
    );
  }

  #illegible(path: Path, code: string, message: string, kind?: string): void {
    this.#isIllegible = true;
    this.#problems.push({
      severity: "error",
      code,
      message,
      ...this.#place(path),
      ...(kind !== undefined && { kind }),
    });
  }

  #note(severity: SourceProblem["severity"], code: string, message: string, path: Path): void {
    this.#problems.push({ severity, code, message, ...this.#place(path) });
  }

  #problemOf({ severity, code, message, path: within }: Issue, path: Path): SourceProblem {
    return { severity, code, message, ...this.#place([...path, ...within]) };
  }

  #place(path: Path): Pick<SourceProblem, "line" | "column" | "field"> {
    const field = formatPath(path);
    return { ...this.#position(path), ...(field !== "" && { field }) };
  }

  #position(path: Path): Position {
    this.#locator ??= locator(this.#text);
    return this.#locator(path);
  }
}

/** Metadata with the namespace filled in (one that is no text stays, for admission to refuse) and without the API server's notes. */
function completeMetadata(metadata: Fields, namespace: string | undefined): Fields {
  const { namespace: given, managedFields: _managedFields, ...others } = metadata;
  if (namespace === undefined) return others;
  const isText = typeof given === "string" || given === undefined || given === null;
  return { ...others, namespace: isText ? namespace : given };
}

/** Lines with nothing but a marker or a comment. */
function linesBeforeContent(text: string): number {
  let lines = 0;
  for (let at = 0; ; ) {
    const end = text.indexOf("\n", at);
    if (end < 0 || !/^(?:---|%.*)?\s*(?:#.*)?$/.test(text.slice(at, end))) return lines;
    lines++;
    at = end + 1;
  }
}

function stored(definition: KindDefinition, object: unknown): KubeObject {
  return (definition.toStored === undefined ? object : definition.toStored(object as never)) as KubeObject;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
