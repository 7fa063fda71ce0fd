import { X509Certificate } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { objectKey } from "../../api/object.ts";
import type { Context } from "../../engine/index.ts";
import { SecretSchema } from "../../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import type { Referent } from "../grants.ts";
import type { ObjectCollections } from "../objects.ts";
import type { Resource } from "../resources.ts";

/** A reference to an object with CA certificates. Without a namespace it is in that of the object that refers. */
export interface CaReference {
  readonly group?: string | undefined;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** What is wrong with one reference. */
export interface CaProblem {
  readonly reason: "InvalidCACertificateRef" | "InvalidKind" | "RefNotPermitted";
  /** A sentence that begins with the object. */
  readonly message: string;
}

/** CA certificates read from references; those that could be read are used even if others could not. */
export interface CaBundle {
  /** PEM of all certificates found, in the order of the references, each once. */
  readonly pem: string;
  readonly problems: readonly CaProblem[];
}

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Kinds with CA certificates, as `group/kind`, with the text that an object holds. */
const readers: Readonly<Record<string, (objects: ObjectCollections, key: string, ctx: Context) => string | undefined>> =
  {
    "/ConfigMap": (objects, key, ctx) => certificatesIn(ctx.get(objects.of("ConfigMap"), key)?.data),
    "/Secret": (objects, key, ctx) => {
      const value = certificatesIn(ctx.get(objects.of("Secret"), key)?.data);
      return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8");
    },
    "certificates.k8s.io/ClusterTrustBundle": (objects, key, ctx) =>
      ctx.get(objects.of("ClusterTrustBundle"), key)?.spec?.trustBundle,
  };

/** Key `ca.crt`, else `tls.crt`, else the only one. */
function certificatesIn(data: Readonly<Record<string, string>> = {}): string | undefined {
  const values = Object.values(data);
  return data["ca.crt"] ?? data["tls.crt"] ?? (values.length === 1 ? values[0] : undefined);
}

/**
 * Reads CA certificates from ConfigMaps, Secrets and ClusterTrustBundles.
 *
 * `namespace`: where references without a namespace lead to. `allows`: whether an object of another namespace may be referred to; absent where
 * references have no namespace.
 */
export function readCaBundle(
  objects: ObjectCollections,
  refs: readonly CaReference[],
  namespace: string,
  ctx: Context,
  allows: (referent: Referent) => boolean = () => true,
): CaBundle {
  const found = new Set<string>();
  const problems: CaProblem[] = [];
  for (const { group = "", kind, name, namespace: own = namespace } of refs) {
    const problem = (reason: CaProblem["reason"], message: string) => void problems.push({ reason, message });
    const read = readers[`${group}/${kind}`];
    const isClusterWide = kind === "ClusterTrustBundle";
    const key = isClusterWide ? name : objectKey(own, name);
    if (!read) {
      problem("InvalidKind", `${kind} ${key} cannot hold CA certificates; use a ConfigMap or a Secret.`);
      continue;
    }
    if (!isClusterWide && !allows({ group, kind, namespace: own, name })) {
      problem(
        "RefNotPermitted",
        `${kind} ${key} is in another namespace and no ReferenceGrant there allows the reference.`,
      );
      continue;
    }
    const text = read(objects, key, ctx);
    const certificates = text === undefined ? undefined : validCertificates(text);
    for (const certificate of certificates ?? []) found.add(certificate);
    if (!certificates) {
      const why = text === undefined ? "does not exist or has no ca.crt" : "has no valid PEM certificate in it";
      problem("InvalidCACertificateRef", `${kind} ${key} ${why}.`);
    }
  }
  return { pem: [...found].map((block) => `${block}\n`).join(""), problems };
}

function validCertificates(text: string): string[] | undefined {
  const blocks = text.match(pemBlock);
  if (!blocks) return undefined;
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch {
    return undefined;
  }
  return blocks;
}

/** The authorities of a bundle as an SDS secret; nothing if there are none, since Envoy would trust nobody or anybody. */
export function* caSecret(name: string, { pem }: CaBundle): Generator<readonly [string, Resource]> {
  if (pem === "") return;
  const secret = create(SecretSchema, {
    name,
    type: {
      case: "validationContext",
      value: { trustedCa: { specifier: { case: "inlineBytes", value: new TextEncoder().encode(pem) } } },
    },
  });
  yield [name, { name, bytes: toBinary(SecretSchema, secret) }];
}
