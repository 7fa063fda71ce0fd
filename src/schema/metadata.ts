/** The metadata every object has. */
import { type IssueSink, placeUnder, reportAt, show } from "./issue.ts";
import { isObject } from "./scalars.ts";

/** Reference from an object to one that owns it. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Metadata as far as the gateway reads it (Kubernetes `ObjectMeta`). */
export interface ObjectMeta {
  readonly name: string;
  /** Absent for kinds that belong to the whole cluster. */
  readonly namespace?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly annotations?: { readonly [key: string]: string };
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Grows with each change of the specification; absent in files. */
  readonly generation?: number;
  /** RFC 3339, whole seconds. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/**
 * What names of a kind's objects look like: `DNSSubdomain` for nearly all, `PathSegment` for kinds whose names need only be fit to stand
 * in a URL's path, such as ClusterTrustBundles with the colons of their signer's name.
 */
export type NameFormat = "DNSSubdomain" | "PathSegment";

/** What a name is measured by. */
export interface NameRules {
  /** Default: `DNSSubdomain`. */
  readonly format?: NameFormat;
  /** Capitals and underlines are warned about only. Default: false. */
  readonly isLoose?: boolean;
}

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const PATH_SEGMENT = /^(?!\.{1,2}$)[^/%]+$/;
/** Names that Kubernetes would not take, yet can stand in keys and references like any other. */
const LOOSE_NAME = /^[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/**
 * Checks what an API server demands of any object's metadata: a name of the kind's format, a namespace that is a DNS label,
 * label values of at most 63 plain characters, and text in labels and annotations (`version: 1` is a number and refused).
 */
export function checkMetadata(metadata: unknown, sink: IssueSink, names: NameRules = {}): void {
  const before = sink.length;
  if (!isObject(metadata)) reportAt(sink, "name", "Required", "is required");
  else {
    checkName(metadata.name, metadata.generateName, sink, names);
    checkNamespace(metadata.namespace, sink);
    checkTexts("labels", metadata.labels, sink);
    checkTexts("annotations", metadata.annotations, sink);
  }
  placeUnder(sink, before, "metadata");
}

const FORMATS: Readonly<Record<NameFormat, { readonly pattern: RegExp; readonly words: string }>> = {
  DNSSubdomain: { pattern: SUBDOMAIN, words: "be a DNS name of small letters, digits, '-' and '.' (at most 253)" },
  PathSegment: { pattern: PATH_SEGMENT, words: "have no '/' and no '%', and must not be '.' or '..' (at most 253)" },
};

function checkName(name: unknown, generateName: unknown, sink: IssueSink, names: NameRules): void {
  const { pattern, words } = FORMATS[names.format ?? "DNSSubdomain"];
  if (name === undefined || name === null || name === "") {
    if (typeof generateName !== "string" || generateName === "") reportAt(sink, "name", "Required", "is required");
  } else if (typeof name !== "string") reportAt(sink, "name", "WrongType", `must be a string, but is ${show(name)}`);
  else if (name.length > 253 || !pattern.test(name)) {
    const isLoose = names.isLoose === true && name.length <= 253 && LOOSE_NAME.test(name);
    const code = isLoose ? "LooseName" : "InvalidMetadata";
    reportAt(sink, "name", code, `${isLoose ? "should" : "must"} ${words}, but is ${show(name)}`);
  }
}

function checkNamespace(namespace: unknown, sink: IssueSink): void {
  if (namespace === undefined || namespace === null || namespace === "") return;
  if (typeof namespace !== "string")
    reportAt(sink, "namespace", "WrongType", `must be a string, but is ${show(namespace)}`);
  else if (namespace.length > 63 || !LABEL.test(namespace)) {
    reportAt(
      sink,
      "namespace",
      "InvalidMetadata",
      `must be small letters, digits and '-' (at most 63), but is ${show(namespace)}`,
    );
  }
}

function checkTexts(field: "labels" | "annotations", texts: unknown, sink: IssueSink): void {
  if (texts === undefined || texts === null) return;
  const before = sink.length;
  if (!isObject(texts)) {
    reportAt(sink, field, "WrongType", `must be an object, but is ${show(texts)}`);
    return;
  }
  for (const [key, text] of Object.entries(texts)) {
    if (typeof text !== "string") {
      if (text !== null) reportAt(sink, key, "WrongType", `must be a string, but is ${show(text)}; put it in quotes`);
    } else if (field === "labels" && (text.length > 63 || !LABEL_VALUE.test(text))) {
      reportAt(
        sink,
        key,
        "InvalidMetadata",
        `must be letters, digits, '-', '_' and '.' (at most 63), but is ${show(text)}`,
      );
    }
  }
  placeUnder(sink, before, field);
}
