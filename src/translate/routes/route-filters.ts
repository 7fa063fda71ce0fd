import type { ConfigMap } from "../../api/core/configmap.ts";
import { objectKey } from "../../api/object.ts";
import type {
  CustomResponseBody,
  EnvoyHTTPRouteFilter,
  EnvoyHTTPURLRewriteFilter,
  HTTPCredentialInjectionFilter,
  HTTPDirectResponseFilter,
} from "../../api/v1alpha1/httproutefilter.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { sameData } from "../equal.ts";
import type { ReferenceGrants } from "../grants.ts";
import type { ObjectCollections } from "../objects.ts";
import { MAX_DIRECT_RESPONSE_BYTES } from "./http/direct-response.ts";
import type { ExtensionFilter } from "./http/extension-filter.ts";
import type { HostSource } from "./http/host-rewrite.ts";
import { re2Error, substitutionError } from "./http/re2.ts";
import { credentialSecretName } from "./route-credentials.ts";

/** What HTTPRouteFilters refer to. */
interface FilterSources {
  readonly configMaps: Collection<ConfigMap>;
  /** Credentials by Secret: whether it has one. */
  readonly credentials: Collection<boolean>;
  readonly grants: ReferenceGrants;
}

type Problems = ExtensionFilter["problems"][number][];

/** HTTPRouteFilters with everything they refer to looked up. Key: `namespace/name`. */
export function createRouteFilters(
  graph: Graph,
  objects: ObjectCollections,
  grants: ReferenceGrants,
): Collection<ExtensionFilter> {
  const credentials = graph.derive({
    name: "credentialSecrets",
    from: objects.of("Secret"),
    map: ({ data }) => (data?.["credential"] === undefined ? undefined : true),
  });
  const sources: FilterSources = { configMaps: objects.of("ConfigMap"), credentials, grants };
  return graph.derive({
    name: "routeFilters",
    from: objects.of("HTTPRouteFilter"),
    map: (filter, _key, ctx) => read(filter, sources, ctx),
    equal: sameData,
  });
}

function read({ metadata, spec }: EnvoyHTTPRouteFilter, sources: FilterSources, ctx: Context): ExtensionFilter {
  const problems: Problems = [];
  const { namespace = "", name } = metadata;
  return {
    ...(spec.matches?.length ? { matches: spec.matches.map(({ cookies }) => cookies ?? []) } : {}),
    ...(spec.urlRewrite ? readRewrite(spec.urlRewrite, problems) : {}),
    ...(spec.directResponse ? readResponse(spec.directResponse, namespace, sources, ctx, problems) : {}),
    ...(spec.credentialInjection
      ? readCredential(spec.credentialInjection, { namespace, name }, sources, ctx, problems)
      : {}),
    problems,
  };
}

function readRewrite(
  { hostname, path, appendXForwardedHost = true }: EnvoyHTTPURLRewriteFilter,
  problems: Problems,
): Pick<ExtensionFilter, "host" | "path"> {
  const source = hostname && hostSource(hostname, problems);
  const regex = path?.replaceRegexMatch;
  if (regex) checkRegex(regex, "spec.urlRewrite.path.replaceRegexMatch", problems);
  return {
    ...(source ? { host: { ...source, isForwarded: appendXForwardedHost } } : {}),
    ...(regex ? { path: { type: "ReplaceRegexMatch", ...regex } } : {}),
  };
}

function hostSource(
  { type, header = "", pathRegex }: NonNullable<EnvoyHTTPURLRewriteFilter["hostname"]>,
  problems: Problems,
): HostSource | undefined {
  const field = "spec.urlRewrite.hostname";
  if (type === "Backend") return { from: "backend" };
  if (type === "Header") {
    checkHeaderName(header, `${field}.header`, problems);
    return { from: "header", name: header };
  }
  if (!pathRegex) return undefined;
  checkRegex(pathRegex, `${field}.pathRegex`, problems);
  return { from: "path", ...pathRegex };
}

function checkRegex(
  { pattern, substitution }: { readonly pattern: string; readonly substitution: string },
  field: string,
  problems: Problems,
): void {
  const error = re2Error(pattern);
  if (error !== undefined) {
    problems.push({ field: `${field}.pattern`, message: `is not a regular expression that RE2 knows: ${error}` });
    return;
  }
  const wrong = substitutionError(pattern, substitution);
  if (wrong !== undefined) problems.push({ field: `${field}.substitution`, message: wrong });
}

function checkHeaderName(name: string, field: string, problems: Problems): void {
  if (/^:?[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) return;
  problems.push({ field, message: "must be the name of a header: letters, digits and the characters !#$%&'*+-.^_`|~" });
}

function readResponse(
  { statusCode = 200, contentType, body, header }: HTTPDirectResponseFilter,
  namespace: string,
  sources: FilterSources,
  ctx: Context,
  problems: Problems,
): Pick<ExtensionFilter, "directResponse" | "responseHeaders"> {
  const field = "spec.directResponse";
  const content = body && readBody(body, namespace, sources, ctx, problems);
  if (statusCode < 200 || statusCode > 599) {
    problems.push({ field: `${field}.statusCode`, message: "must be a status from 200 to 599" });
  }
  if (content !== undefined && Buffer.byteLength(content) > MAX_DIRECT_RESPONSE_BYTES) {
    problems.push({ field: `${field}.body`, message: "is larger than 1 MiB; serve it from a backend" });
  }
  const typeHeader = contentType === undefined ? [] : [{ name: "Content-Type", value: contentType }];
  const set = [...typeHeader, ...(header?.set ?? [])];
  const add = header?.add ?? [];
  if ([...set, ...add].some(({ value }) => /[\0\r\n]/.test(value))) {
    problems.push({ field: `${field}.header`, message: "and contentType must have no line breaks" });
  }
  return {
    directResponse: { status: statusCode, ...(content === undefined ? {} : { body: content }) },
    ...(set.length + add.length === 0 ? {} : { responseHeaders: { set, add } }),
  };
}

/** The body: text, or bytes as they are where a ConfigMap has them as `binaryData`. */
function readBody(
  { type, inline, valueRef }: CustomResponseBody,
  namespace: string,
  sources: FilterSources,
  ctx: Context,
  problems: Problems,
): string | Uint8Array | undefined {
  if (type === "Inline" || !valueRef) return inline;
  const key = objectKey(namespace, valueRef.name);
  const configMap = ctx.get(sources.configMaps, key);
  const { data = {}, binaryData = {} } = configMap ?? {};
  const text = data["response.body"];
  const bytes = binaryData["response.body"];
  const found = text ?? asBytes(bytes) ?? Object.values(data)[0] ?? asBytes(Object.values(binaryData)[0]);
  if (found === undefined) {
    const why = configMap ? "has no key `response.body`, nor any other" : "does not exist";
    problems.push({ field: "spec.directResponse.body.valueRef", message: `names ConfigMap ${key}, which ${why}` });
  }
  return found;
}

function asBytes(base64: string | undefined): Uint8Array | undefined {
  return base64 === undefined ? undefined : new Uint8Array(Buffer.from(base64, "base64"));
}

function readCredential(
  { header, overwrite = false, credential }: HTTPCredentialInjectionFilter,
  { namespace, name: filter }: { readonly namespace: string; readonly name: string },
  sources: FilterSources,
  ctx: Context,
  problems: Problems,
): Pick<ExtensionFilter, "credential"> {
  const field = "spec.credentialInjection";
  const { group = "", kind = "Secret", name, namespace: of = namespace } = credential.valueRef;
  const secret = objectKey(of, name);
  const from = { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", namespace };
  const problem = (message: string) => void problems.push({ field: `${field}.credential.valueRef`, message });
  if (header !== undefined) checkHeaderName(header, `${field}.header`, problems);
  if (group !== "" || kind !== "Secret") {
    problem(`names a ${kind}; use a Secret`);
  } else if (!sources.grants.allows(ctx, from, { group, kind, namespace: of, name })) {
    problem(`names Secret ${secret} in another namespace, and no ReferenceGrant there allows it`);
  } else if (!ctx.get(sources.credentials, secret)) {
    problem(`names Secret ${secret}, which does not exist or has no key \`credential\``);
  }
  return {
    credential: {
      secret: credentialSecretName(objectKey(namespace, filter)),
      ...(header === undefined ? {} : { header }),
      overwrite,
    },
  };
}
