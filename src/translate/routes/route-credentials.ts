import { create, toBinary } from "@bufbuild/protobuf";
import { type ObjectKey, objectKey } from "../../api/object.ts";
import type { Collection, Graph } from "../../engine/index.ts";
import { SecretSchema } from "../../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { sameData } from "../equal.ts";
import type { ObjectCollections } from "../objects.ts";
import type { Resource } from "../resources.ts";

/** Name of the SDS secret with the credential of an HTTPRouteFilter; the original's, which patches may know. */
export function credentialSecretName(filter: ObjectKey): string {
  return `credential_injector/credential/httproutefilter/${filter}`;
}

/** Credentials of HTTPRouteFilters as SDS secrets, by name: another credential is one secret, and touches no cluster. */
export function createCredentialSecrets(graph: Graph, objects: ObjectCollections): Collection<Resource> {
  const secrets = objects.of("Secret");
  return graph.expand({
    name: "credentialSecretResources",
    from: objects.of("HTTPRouteFilter"),
    map: ({ metadata, spec }, key, ctx) => {
      const ref = spec.credentialInjection?.credential.valueRef;
      const data = ref && ctx.get(secrets, objectKey(ref.namespace ?? metadata.namespace, ref.name))?.data;
      const credential = data?.["credential"];
      if (credential === undefined) return [];
      const name = credentialSecretName(key);
      return [[name, { name, bytes: encode(name, credential) }] as const];
    },
    equal: sameData,
  });
}

/** A line break at the end of a file is no part of what it holds, and none may be in a header. */
function encode(name: string, base64: string): Uint8Array {
  const text = Buffer.from(base64, "base64")
    .toString("utf8")
    .replace(/\r?\n$/, "");
  const value = { secret: { specifier: { case: "inlineString" as const, value: text } } };
  return toBinary(SecretSchema, create(SecretSchema, { name, type: { case: "genericSecret", value } }));
}
