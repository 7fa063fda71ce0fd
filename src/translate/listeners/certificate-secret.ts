import { create, toBinary } from "@bufbuild/protobuf";
import { SecretSchema } from "../../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import type { Resource } from "../resources.ts";

/** A certificate with its key, both PEM, as an SDS secret named after its Kubernetes Secret. */
export function certificateSecret(
  name: string,
  { chain, key }: { readonly chain: Uint8Array; readonly key: Uint8Array },
): Resource {
  const secret = create(SecretSchema, {
    name,
    type: {
      case: "tlsCertificate",
      value: {
        certificateChain: { specifier: { case: "inlineBytes", value: chain } },
        privateKey: { specifier: { case: "inlineBytes", value: key } },
      },
    },
  });
  return { name, bytes: toBinary(SecretSchema, secret), from: [`Secret ${name}`] };
}
