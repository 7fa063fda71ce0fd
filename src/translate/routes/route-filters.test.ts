import { expect, test } from "vitest";
import type { KubeObject } from "../../api/object.ts";
import { registry } from "../../features/kinds.ts";
import { defaultTranslationOptions } from "../options.ts";
import { written } from "../testing/random-writes.ts";
import { Translation, type TranslationChanges } from "../translation.ts";

const gatewayApi = "gateway.networking.k8s.io/v1";
const ours = "gateway.envoyproxy.io/v1alpha1";

function put(
  translation: Translation,
  apiVersion: string,
  kind: string,
  name: string,
  fields: Readonly<Record<string, unknown>>,
): void {
  const write = written(apiVersion, kind, fields, {
    name,
    ...(kind === "GatewayClass" ? {} : { namespace: "default" }),
  });
  if (!write) throw new Error(`bad ${kind} ${name}`);
  translation.write(write.kind, write.key, write.object as KubeObject);
}

/** A Gateway with so many routes; the first one has the filter. */
function world(routes: number, spec: Readonly<Record<string, unknown>>): Translation {
  const translation = new Translation(
    defaultTranslationOptions,
    registry.kinds.map(({ kind }) => kind),
  );
  const { controllerName } = defaultTranslationOptions;
  put(translation, gatewayApi, "GatewayClass", "eg", { spec: { controllerName } });
  const listeners = [{ name: "http", port: 8080, protocol: "HTTP" }];
  put(translation, gatewayApi, "Gateway", "eg", { spec: { gatewayClassName: "eg", listeners } });
  put(translation, "v1", "Service", "s", { spec: { ports: [{ name: "http", port: 80 }] } });
  for (let i = 0; i < routes; i++) {
    const extensionRef = { group: "gateway.envoyproxy.io", kind: "HTTPRouteFilter", name: "f" };
    const filters = i === 0 ? [{ type: "ExtensionRef", extensionRef }] : [];
    const rules = [{ filters, backendRefs: [{ name: "s", port: 80 }] }];
    put(translation, gatewayApi, "HTTPRoute", `r${i}`, {
      spec: { parentRefs: [{ name: "eg" }], hostnames: [`h${i}.test`], rules },
    });
  }
  put(translation, ours, "HTTPRouteFilter", "f", { spec });
  put(translation, "v1", "Secret", "credential", { data: { credential: "b25l" } });
  put(translation, "v1", "ConfigMap", "body", { data: { other: "text" } });
  translation.commit();
  return translation;
}

const told = ({ xds }: TranslationChanges) =>
  [...xds.values()].flatMap((change) =>
    Object.entries(change).flatMap(([type, list]) =>
      (list as readonly { name: string }[]).map(({ name }) => `${type} ${name}`),
    ),
  );
const computed = ({ report }: TranslationChanges) =>
  [...report.computed.values()].reduce((sum, count) => sum + count, 0);

const injection = { credentialInjection: { credential: { valueRef: { name: "credential" } } } };

test("another credential is one secret, and touches no route or cluster", () => {
  const translation = world(3, injection);
  put(translation, "v1", "Secret", "credential", { data: { credential: "dHdv" } });
  const name = "credential_injector/credential/httproutefilter/default/f";
  expect(told(translation.commit())).toEqual([`secret ${name}`]);
});

test("a changed filter costs the routes that use it, however many others there are", () => {
  const costs = [10, 500].map((routes) => {
    const translation = world(routes, { directResponse: { statusCode: 204 } });
    put(translation, ours, "HTTPRouteFilter", "f", { spec: { directResponse: { statusCode: 205 } } });
    const changes = translation.commit();
    expect(told(changes)).toEqual(["virtualHost default/eg/http/h0_test"]);
    return computed(changes);
  });
  expect(costs[0]).toBe(costs[1]);
});

const problem = (spec: Readonly<Record<string, unknown>>) => {
  const [parent] = world(1, spec).statuses.get("HTTPRoute/default/r0")?.body.parents ?? [];
  return parent?.conditions.find(({ status }) => status === "False")?.message ?? "";
};

test.each([
  [
    "a header that is no name",
    { urlRewrite: { hostname: { type: "Header", header: "a b" } } },
    "hostname.header must be",
  ],
  [
    "an expression that is none",
    { urlRewrite: { path: { type: "ReplaceRegexMatch", replaceRegexMatch: { pattern: "(", substitution: "" } } } },
    "pattern is not a regular expression",
  ],
  [
    "a group that is not there",
    { urlRewrite: { hostname: { type: "PathRegex", pathRegex: { pattern: "a", substitution: "\\1" } } } },
    "substitution names group 1",
  ],
  ["a status that is none", { directResponse: { statusCode: 600 } }, "statusCode must be a status from 200 to 599"],
  [
    "a body that is too large",
    { directResponse: { body: { type: "Inline", inline: "x".repeat(1_048_577) } } },
    "larger than 1 MiB",
  ],
  ["a header with a line break", { directResponse: { contentType: "a\nb" } }, "no line breaks"],
  [
    "a Secret without the key",
    { credentialInjection: { credential: { valueRef: { name: "missing" } } } },
    "names Secret default/missing, which does not exist",
  ],
  [
    "a Secret of another namespace",
    { credentialInjection: { credential: { valueRef: { name: "credential", namespace: "other" } } } },
    "no ReferenceGrant",
  ],
])("%s is told by the route", (_, spec, message) => {
  expect(problem(spec)).toContain(message);
});

test("a body is the key `response.body` of its ConfigMap, else the first one", () => {
  const spec = {
    directResponse: { body: { type: "ValueRef", valueRef: { group: "", kind: "ConfigMap", name: "body" } } },
  };
  expect(problem(spec)).not.toContain("HTTPRouteFilter");
});
