import { X509Certificate } from "node:crypto";
import { objectKey } from "../../api/object.ts";
import type { Context } from "../../engine/index.ts";
import type { ObjectCollections } from "../objects.ts";

/** A reference to an object with CA certificates, in the namespace of the object that refers. */
export interface CaReference {
  readonly group?: string | undefined;
  readonly kind: string;
  readonly name: string;
}

/** CA certificates read from references; those that could be read are used even if others could not. */
export interface CaBundle {
  /** PEM of all certificates found, in the order of the references. */
  readonly pem: string;
  readonly problems: readonly {
    readonly reason: "InvalidCACertificateRef" | "InvalidKind";
    readonly message: string;
  }[];
}

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads CA certificates from ConfigMaps and Secrets: key `ca.crt`, else `tls.crt`, else the only one. */
export function readCaBundle(
  objects: ObjectCollections,
  refs: readonly CaReference[],
  namespace: string,
  ctx: Context,
): CaBundle {
  const found: string[] = [];
  const problems: CaBundle["problems"][number][] = [];
  for (const ref of refs) {
    const key = objectKey(namespace, ref.name);
    if ((ref.group ?? "") !== "" || (ref.kind !== "ConfigMap" && ref.kind !== "Secret")) {
      const message = `${ref.kind} ${key} cannot hold CA certificates; use a ConfigMap or a Secret.`;
      problems.push({ reason: "InvalidKind", message });
      continue;
    }
    const text = textOf(objects, ref.kind, key, ctx);
    const certificates = text === undefined ? undefined : validCertificates(text);
    if (certificates) found.push(...certificates);
    else {
      const why = text === undefined ? "does not exist or has no ca.crt" : "has no valid PEM certificate in it";
      problems.push({ reason: "InvalidCACertificateRef", message: `${ref.kind} ${key} ${why}.` });
    }
  }
  return { pem: found.map((block) => `${block}\n`).join(""), problems };
}

function textOf(
  objects: ObjectCollections,
  kind: "ConfigMap" | "Secret",
  key: string,
  ctx: Context,
): string | undefined {
  const data: Readonly<Record<string, string>> = ctx.get(objects.of(kind), key)?.data ?? {};
  const values = Object.values(data);
  const value = data["ca.crt"] ?? data["tls.crt"] ?? (values.length === 1 ? values[0] : undefined);
  return value !== undefined && kind === "Secret" ? Buffer.from(value, "base64").toString("utf8") : value;
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
