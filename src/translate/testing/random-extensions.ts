/** Random objects of this gateway's own kinds that routes and Gateways refer to, and what those refer to. */
import fc from "fast-check";
import { type Write, written } from "./random-writes.ts";

const group = "gateway.envoyproxy.io";
const names = ["f0", "f1", "f2"] as const;
const ref = (name: string) => ({ type: "ExtensionRef", extensionRef: { group, kind: "HTTPRouteFilter", name } });

/** Lists of filters with HTTPRouteFilters in them. */
export const routeFilterLists = [
  ...names.map((name) => [ref(name)]),
  [ref("f0"), ref("f1")],
  [{ type: "URLRewrite", urlRewrite: { hostname: "a.test" } }, ref("f2")],
];

export const routeFilter = fc
  .record({
    name: fc.constantFrom(...names),
    spec: fc.constantFrom(
      { urlRewrite: { hostname: { type: "Backend" } } },
      { urlRewrite: { path: { type: "ReplaceRegexMatch", replaceRegexMatch: { pattern: "a", substitution: "\\1" } } } },
      { directResponse: { body: { type: "ValueRef", valueRef: { group: "", kind: "ConfigMap", name: "body" } } } },
      { credentialInjection: { credential: { valueRef: { name: "one" } } } },
      { credentialInjection: { overwrite: true, credential: { valueRef: { name: "far", namespace: "other" } } } },
      { matches: [{ cookies: [{ name: "c", value: "1" }] }, { cookies: [{ name: "c", value: "2" }] }] },
    ),
  })
  .map(({ name, spec }) => written(`${group}/v1alpha1`, "HTTPRouteFilter", { spec }, { name, namespace: "default" }));

export const configMap = fc
  .constantFrom({ "response.body": "here" }, { "response.body": "%REQ(:PATH)%" }, {})
  .map((data) => written("v1", "ConfigMap", { data }, { name: "body", namespace: "default" }));

/** `spec.infrastructure` of a Gateway. */
export const proxyReference = fc.constantFrom(undefined, undefined, {
  parametersRef: { group, kind: "EnvoyProxy", name: "proxy" },
});

const backendRefs = [
  [{ name: "one", port: 80 }],
  [{ name: "missing", port: 80 }],
  [{ group, kind: "Backend", name: "two" }],
];

export const envoyProxy = fc
  .record({
    refs: fc.constantFrom(...backendRefs),
    isCounted: fc.boolean(),
    kind: fc.constantFrom("log", "trace", "both"),
  })
  .map(({ refs, isCounted, kind }) => {
    const tracing = { provider: { type: "OpenTelemetry", backendRefs: refs } };
    const accessLog = { settings: [{ sinks: [{ type: "ALS", als: { type: "HTTP", backendRefs: refs } }] }] };
    const metrics = {
      enablePerEndpointStats: isCounted,
      enableVirtualHostStats: isCounted,
      sinks: [{ type: "OpenTelemetry", openTelemetry: { backendRefs: refs } }],
    };
    const telemetry = {
      ...(kind === "log" ? {} : { tracing, metrics }),
      ...(kind === "trace" ? {} : { accessLog }),
    };
    return written(`${group}/v1alpha1`, "EnvoyProxy", { spec: { telemetry } }, { name: "proxy", namespace: "default" });
  });

/** Secrets with one of these certificates (PEM), or with none that can be used. */
export function secret(
  certificates: readonly { readonly cert: string; readonly key: string }[],
): fc.Arbitrary<Write | undefined> {
  return fc
    .record({ name: fc.constantFrom("one", "two", "far"), content: fc.constantFrom(undefined, ...certificates) })
    .map(({ name, content }) => {
      const { cert, key } = content ?? { cert: "none", key: "none" };
      const base64 = (text: string) => Buffer.from(text).toString("base64");
      return written(
        "v1",
        "Secret",
        {
          type: "kubernetes.io/tls",
          data: { "tls.crt": base64(cert), "tls.key": base64(key), credential: base64(cert.slice(0, 40)) },
        },
        { name, namespace: name === "far" ? "other" : "default" },
      );
    });
}
