/** Admission of documents: what an API server does with an object before it stores it, without an API server. */
import type { Infer, Schema } from "./builder.ts";
import { rulesFor } from "./check-rules.ts";
import { finished, ISSUE_CODES, type Issue, type IssueSink, report, reportAt, show } from "./issue.ts";
import { type KindSchema, schemaFor } from "./kind.ts";
import { checkMetadata, type NameRules } from "./metadata.ts";
import { isObject } from "./scalars.ts";
import { checkFor } from "./structure.ts";

/** The outcome: the object if it was admitted, and everything there is to say about it. */
export interface Admission<Out> {
  /** The object without unknown fields and with defaults; undefined if any issue is an error. Parts may be shared with the input. */
  readonly object: Out | undefined;
  /** Errors and warnings, in the order of the document; broken rules come last. */
  readonly issues: readonly Issue[];
}

/**
 * Checks an object of a kind: structure, defaults, metadata and rules, with Kubernetes' verdicts.
 *
 * An object in any served version or alias is admitted; the result always bears the kind's first version, so that readers meet one
 * only. Rules are left out if the structure has an error that would make their outcome meaningless (`RulesSkipped` says so).
 * The input is never changed and may be frozen.
 */
export function admit<Out>(kind: KindSchema<Out>, raw: unknown): Admission<Out> {
  const sink: IssueSink = [];
  const schema = isObject(raw) ? versionOf(kind, raw, sink) : kind.schema;
  if (schema === undefined) return { object: undefined, issues: finished(sink) };
  const names = { format: kind.nameFormat, isLoose: builtInGroups.has(kind.group) };
  const checked = admitResource(schema, raw, sink, names);
  const issues = finished(sink);
  if (issues.some((issue) => issue.severity === "error") || !isObject(checked)) return { object: undefined, issues };
  const apiVersion = apiVersionOf(kind);
  const object = checked.apiVersion === apiVersion ? checked : { ...checked, apiVersion };
  return { object: object as Out, issues };
}

/** Checks a value that is no resource of its own, such as a file of settings. */
export function admitValue<S extends Schema>(schema: S, raw: unknown): Admission<Infer<S>> {
  const sink: IssueSink = [];
  const checked = checkFor(schema)(raw, sink);
  runRules(schema, false, checked, sink);
  const issues = finished(sink);
  return { object: issues.some((issue) => issue.severity === "error") ? undefined : (checked as Infer<S>), issues };
}

/**
 * Groups of Kubernetes' own kinds. Where an API server holds them, it has judged their names; in files people give them names it
 * would not take, which are good enough to refer to.
 */
const builtInGroups: ReadonlySet<string> = new Set(["", "discovery.k8s.io", "certificates.k8s.io"]);

/** Checks a whole resource and returns it pruned and defaulted, whatever the verdict is. */
export function admitResource(schema: Schema, raw: unknown, sink: IssueSink, names: NameRules = {}): unknown {
  const checked = checkFor(schema, "resource")(raw, sink);
  if (isObject(checked)) checkMetadata(checked.metadata, sink, names);
  runRules(schema, true, checked, sink);
  return checked;
}

/** The `apiVersion` that admitted objects of the kind bear. */
export function apiVersionOf(kind: KindSchema): string {
  const version = kind.versions[0]?.name ?? "v1";
  return kind.group === "" ? version : `${kind.group}/${version}`;
}

function versionOf(kind: KindSchema, raw: Record<string, unknown>, sink: IssueSink): Schema | undefined {
  const { apiVersion } = raw;
  if (typeof apiVersion !== "string") {
    reportAt(
      sink,
      "apiVersion",
      apiVersion === undefined ? "Required" : "WrongType",
      "must name the group and version",
    );
    return undefined;
  }
  if (raw.kind !== kind.kind) {
    reportAt(sink, "kind", "UnsupportedValue", `must be ${show(kind.kind)}, but is ${show(raw.kind)}`);
    return undefined;
  }
  const schema = schemaFor(kind, apiVersion);
  if (schema === undefined) {
    const known = [...kind.versions.map((version) => version.name), ...kind.aliases].map((name) =>
      show(kind.group === "" ? name : `${kind.group}/${name}`),
    );
    reportAt(
      sink,
      "apiVersion",
      "UnsupportedVersion",
      `${kind.kind} has no version ${show(apiVersion)}; there is ${known.join(", ")}`,
    );
    return undefined;
  }
  const warning = kind.versions.find(
    (version) => version.name === apiVersion.slice(apiVersion.lastIndexOf("/") + 1),
  )?.deprecationWarning;
  if (warning !== undefined) reportAt(sink, "apiVersion", "DeprecatedVersion", warning);
  return schema;
}

function runRules(schema: Schema, isResource: boolean, checked: unknown, sink: IssueSink): void {
  const check = rulesFor(schema, isResource);
  if (check === undefined) return;
  if (sink.some((issue) => ISSUE_CODES[issue.code].blocking)) {
    report(sink, "RulesSkipped", "rules over several fields were not checked because of the errors above");
  } else check(checked, sink);
}
