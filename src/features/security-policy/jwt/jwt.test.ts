import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import {
  type JwtAuthentication,
  JwtAuthenticationSchema,
} from "../../../gen/envoy/extensions/filters/http/jwt_authn/v3/config_pb.js";
import { admitValue } from "../../../schema/admit.ts";
import type { FeatureContext } from "../../feature.ts";
import { jwt } from "./jwt.ts";

/** A context that finds one ConfigMap and notes everything. */
class Notes implements FeatureContext {
  readonly id = "securitypolicy/default/p";
  readonly invalidFields: string[] = [];
  readonly warnedFields: string[] = [];
  readonly clusters: string[] = [];
  filter: JwtAuthentication | undefined;
  readonly #configMap: Readonly<Record<string, string>> | undefined;

  constructor(configMap?: Readonly<Record<string, string>>) {
    this.#configMap = configMap;
  }

  ownerOf() {
    return { namespace: "default", name: "p" };
  }
  configMap() {
    return this.#configMap;
  }
  backends({ purpose, serverName }: { readonly purpose: string; readonly serverName?: string }) {
    return this.#cluster(`${purpose} ${serverName ?? "plain"}`);
  }
  urlCluster(url: URL) {
    return this.#cluster(url.host);
  }
  perRoute() {}
  addToFilter<T extends DescMessage>(schema: T, message: MessageShape<T>) {
    this.filter = fromBinary(JwtAuthenticationSchema, toBinary(schema, message));
  }
  invalid(field: string) {
    this.invalidFields.push(field);
  }
  warn(field: string) {
    this.warnedFields.push(field);
  }

  #cluster(name: string): string {
    this.clusters.push(name);
    return name;
  }
}

const keySet = JSON.stringify({ keys: [{ kty: "oct", k: "c2VjcmV0" }] });
const remote = { remoteJWKS: { uri: "https://keys.test/" } };

/** Codes of what admission says, or the notes of the translation. */
function translated(raw: object, configMap?: Readonly<Record<string, string>>): Notes {
  const { object, issues } = admitValue(jwt.schema, raw);
  if (object === undefined) throw new Error(JSON.stringify(issues));
  const notes = new Notes(configMap);
  jwt.translate(object, notes);
  return notes;
}

const refused = (raw: object) =>
  admitValue(jwt.schema, raw).issues.map(({ path, code }) => `${path.join(".")} ${code}`);

test("what the schema refuses", () => {
  const provider = (fields: object) => ({ providers: [{ name: "p", ...fields }] });
  expect(refused({ providers: [] })).toEqual(["providers TooFew"]);
  expect(refused(provider({}))).toEqual(["providers.0 RuleFailed"]);
  expect(refused(provider({ ...remote, localJWKS: { inline: keySet } }))).toEqual(["providers.0 RuleFailed"]);
  expect(refused({ optional: true, failOpen: true, ...provider(remote) })).toEqual([" RuleFailed"]);
  expect(refused(provider({ localJWKS: { type: "ValueRef", inline: keySet } }))).toEqual([
    "providers.0.localJWKS RuleFailed",
  ]);
  const perTryTimeout = { ...remote.remoteJWKS, backendSettings: { retry: { perRetry: { timeout: "1s" } } } };
  expect(refused(provider({ remoteJWKS: perTryTimeout }))).toEqual(["providers.0.remoteJWKS RuleFailed"]);
});

test.each([
  [{}, ["providerName"]],
  [{ optional: true }, ["providerName", "allowMissing"]],
  [{ failOpen: true }, ["providerName", "allowMissingOrFailed"]],
])("%o: the requirement is %o", (flags, kinds) => {
  const { filter } = translated({ ...flags, providers: [{ name: "p", ...remote }] });
  const requirement = filter?.requirementMap["securitypolicy/default/p"]?.requiresType;
  const found =
    requirement?.case === "requiresAny"
      ? requirement.value.requirements.map((each) => each.requiresType.case)
      : [requirement?.case];
  expect(found).toEqual(kinds);
});

test.each([
  ["", true],
  ["somebody", true],
  ["jo@example.com", true],
  ["https://issuer.test", true],
  ["urn:example:issuer", true],
  [":", false],
  ["jo@", false],
])("issuer %j: valid is %s", (issuer, isValid) => {
  expect(translated({ providers: [{ name: "p", issuer, ...remote }] }).invalidFields).toEqual(
    isValid ? [] : ["spec.jwt.providers[0].issuer"],
  );
});

test("keys of a ConfigMap are under `jwks`, or else under the first name", () => {
  const valueRef = { group: "", kind: "ConfigMap", name: "keys" };
  const raw = { providers: [{ name: "p", localJWKS: { type: "ValueRef", valueRef } }] };
  const keysOf = (configMap: Readonly<Record<string, string>>) => {
    const { filter } = translated(raw, configMap);
    const source = filter?.providers["securitypolicy/default/p/p"]?.jwksSourceSpecifier;
    return source?.case === "localJwks" ? source.value.specifier.value : undefined;
  };
  expect(keysOf({ a: "no", jwks: keySet })).toBe(keySet);
  expect(keysOf({ b: "no", a: keySet })).toBe(keySet);
  expect(translated(raw, { jwks: "not json" }).invalidFields).toEqual(["spec.jwt.providers[0].localJWKS.valueRef"]);
  expect(translated(raw, {}).invalidFields).toEqual(["spec.jwt.providers[0].localJWKS.valueRef"]);
});

test("only a key server spoken to over https needs TLS", () => {
  const backendRefs = [{ name: "keys", port: 80 }];
  const clustersOf = (uri: string) =>
    translated({ providers: [{ name: "p", remoteJWKS: { uri, backendRefs } }] }).clusters;
  expect(clustersOf("https://keys.test/")).toEqual(["jwt/0 keys.test"]);
  expect(clustersOf("http://keys.test/")).toEqual(["jwt/0 plain"]);
});

test("a back-off with one end only gets the other, and settings without effect are told", () => {
  const backendSettings = {
    retry: { perRetry: { backOff: { maxInterval: "10ms" } } },
    timeout: { tcp: { connectTimeout: "1s" } },
  };
  const { filter, warnedFields } = translated({
    providers: [{ name: "p", remoteJWKS: { uri: "http://k.test/", backendSettings } }],
  });
  const source = filter?.providers["securitypolicy/default/p/p"]?.jwksSourceSpecifier;
  const backOff = source?.case === "remoteJwks" ? source.value.retryPolicy?.retryBackOff : undefined;
  expect([backOff?.baseInterval?.nanos, backOff?.maxInterval?.nanos]).toEqual([25_000_000, 25_000_000]);
  expect(warnedFields).toEqual(["spec.jwt.providers[0].remoteJWKS.backendSettings.timeout.tcp"]);
});
