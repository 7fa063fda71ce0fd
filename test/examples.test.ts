/** Every file below examples/ is what it should be: valid, without a warning, and everything in it takes effect. */
import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { registry } from "../src/features/kinds.ts";
import { admit } from "../src/schema/admit.ts";
import { loadConfig } from "../src/server/config/load-config.ts";
import { createTranslation, surroundingsOf } from "../src/server/translation-settings.ts";
import { readManifests } from "../src/sources/file/read-manifests.ts";
import type { Translation } from "../src/translate/translation.ts";
import { makeCertificate, tlsSecret } from "./e2e/harness/index.ts";

const examples = join(import.meta.dirname, "../examples");
const standalone = join(examples, "standalone");
const configFile = join(standalone, "config/envoy-gateway.yaml");
const additions = readdirSync(standalone, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "config")
  .map(({ name }) => name);

/** Bad news in the statuses, but for what only a running Envoy can change. */
function complaints(translation: Translation): string[] {
  return [...translation.statuses.entries()].flatMap(([key, { body }]) =>
    [body.conditions, ...[body.listeners, body.parents, body.ancestors].map((all) => all?.flatMap((x) => x.conditions))]
      .flatMap((conditions) => conditions ?? [])
      .filter(
        ({ type, status, reason }) =>
          status === (type === "Conflicted" ? "True" : "False") && reason !== "AddressNotAssigned",
      )
      .map(({ type, message }) => `${key}: ${type}: ${message}`),
  );
}

/** Reads and translates folders, with the configuration of the example and the Secret that users make. */
async function translate(folders: readonly string[]) {
  const { config } = await loadConfig(configFile);
  if (!config) throw new Error("the configuration is not valid");
  const secret = tlsSecret("default/www-example-com", await makeCertificate({ names: ["www.example.com"] }));
  const { objects, problems } = await readManifests({ registry, admit, paths: [...folders, "-"], stdin: secret });
  const translation = createTranslation(config, surroundingsOf({}));
  for (const { kind, key, object } of objects) translation.write(kind, key, object);
  const { report } = translation.commit();
  return { translation, problems, failures: report.failures };
}

test("the configuration is valid, and serves the folder above it", async () => {
  const { config, problems } = await loadConfig(configFile);
  expect(problems).toEqual([]);
  expect(config?.provider.custom?.resource.file?.paths).toEqual(["examples/standalone"]);
});

test.each(["", ...additions])("standalone/%s is in effect without a complaint", async (addition) => {
  const { translation, problems, failures } = await translate(
    addition === "" ? [standalone] : [standalone, join(standalone, addition)],
  );
  expect(problems).toEqual([]);
  expect(failures).toEqual([]);
  expect(complaints(translation)).toEqual([]);
  expect(translation.statuses.get("HTTPRoute/default/backend")?.body.parents).toHaveLength(1);
});

test("all additions go together", async () => {
  const { translation, problems } = await translate([standalone, ...additions.map((name) => join(standalone, name))]);
  expect(problems).toEqual([]);
  expect(complaints(translation)).toEqual([]);
});

test("no example holds a private key", () => {
  const files = readdirSync(examples, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), "utf8"));
  expect(files.length).toBeGreaterThan(5);
  expect(texts.filter((text) => /PRIVATE KEY-----|"d": *"|^ {2}tls\.key: [A-Za-z0-9+/]{20}/m.test(text))).toEqual([]);
});

const jwks = readFileSync(join(examples, "kubernetes/jwt/jwks.json"), "utf8");

test("the token is what guides say it is, and the key set accepts it", () => {
  const [header = "", payload = "", signature = ""] = readFileSync(join(examples, "kubernetes/jwt/test.jwt"), "utf8")
    .trim()
    .split(".");
  const decode = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  expect(decode(header)).toEqual({ alg: "RS256", typ: "JWT" });
  expect(decode(payload)).toEqual({ sub: "1234567890", name: "John Doe", admin: true, iat: 1516239022 });
  const { keys } = JSON.parse(jwks) as { keys: JsonWebKey[] };
  expect(keys).toMatchObject([{ kty: "RSA", use: "sig", alg: "RS256" }]);
  const [key] = keys.map((jwk) => createPublicKey({ key: jwk, format: "jwk" }));
  const signed = Buffer.from(`${header}.${payload}`);
  expect(key && verify("sha256", signed, key, Buffer.from(signature, "base64url"))).toBe(true);
});

test.each(["standalone/jwt/jwt.yaml", "kubernetes/jwt/jwt.yaml", "kubernetes/jwt/grpc-jwt.yaml"])(
  "the policy of %s has the keys of the key set",
  async (file) => {
    const { objects } = await readManifests({ registry, admit, paths: [join(examples, file)] });
    const policy = objects.find(({ kind }) => kind === "SecurityPolicy")?.object as {
      spec: { jwt: { providers: { localJWKS: { inline: string } }[] } };
    };
    expect(JSON.parse(policy.spec.jwt.providers[0]?.localJWKS.inline ?? "")).toEqual(JSON.parse(jwks));
  },
);
