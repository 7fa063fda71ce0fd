import { create, toBinary } from "@bufbuild/protobuf";
import { type TransportSocket, TransportSocketSchema } from "../../../gen/envoy/config/core/v3/base_pb.js";
import { TlsParameters_TlsProtocol } from "../../../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import { SecretSchema } from "../../../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.js";
import { DownstreamTlsContextSchema } from "../../../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import type { Resource } from "../../../xds/resources.ts";
import { ads, anyOf } from "../../encode.ts";
import type { ServerCertificate } from "../certificates.ts";

/** Transport socket that terminates TLS. Certificates come as secrets, so that a renewed one needs no new listener. */
export function downstreamTlsSocket(certificates: readonly string[], isHttp2Safe: boolean): TransportSocket {
  const context = create(DownstreamTlsContextSchema, {
    commonTlsContext: {
      alpnProtocols: isHttp2Safe ? ["h2", "http/1.1"] : ["http/1.1"],
      tlsParams: {
        tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
        tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
      },
      tlsCertificateSdsSecretConfigs: certificates.map((name) => ({ name, sdsConfig: ads() })),
    },
    disableStatefulSessionResumption: true,
    sessionTicketKeysType: { case: "disableStatelessSessionResumption", value: true },
  });
  return create(TransportSocketSchema, {
    name: "envoy.transport_sockets.tls",
    configType: { case: "typedConfig", value: anyOf(DownstreamTlsContextSchema, context) },
  });
}

/** A server certificate as an SDS secret named after its Kubernetes Secret. */
export function certificateSecret(name: string, certificate: ServerCertificate & { readonly isValid: true }): Resource {
  const secret = create(SecretSchema, {
    name,
    type: {
      case: "tlsCertificate",
      value: {
        certificateChain: { specifier: { case: "inlineBytes", value: certificate.chain } },
        privateKey: { specifier: { case: "inlineBytes", value: certificate.key } },
      },
    },
  });
  return { name, bytes: toBinary(SecretSchema, secret), from: [`Secret ${name}`] };
}
