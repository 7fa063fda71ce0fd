import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type TransportSocket, TransportSocketSchema } from "../../gen/envoy/config/core/v3/base_pb.js";
import {
  CertificateValidationContext_TrustChainVerification,
  TlsParameters_TlsProtocol,
} from "../../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import {
  type CommonTlsContext,
  type CommonTlsContextSchema,
  DownstreamTlsContextSchema,
} from "../../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { ads, anyOf } from "../encode.ts";
import type { ClientValidation } from "../listeners/model.ts";

/** What the TLS side of a filter chain is made from. */
export interface DownstreamTls {
  /** Names of the secrets with the certificates to serve. */
  readonly certificates: readonly string[];
  /** Protocols offered by ALPN, best first; none for connections of which we do not know what they carry. */
  readonly alpn: readonly string[];
  /** Absent: clients are not asked for certificates. */
  readonly clientValidation?: ClientValidation;
}

/** Transport socket that terminates TLS. Certificates and authorities come as secrets, so that renewed ones need no new listener. */
export function downstreamTlsSocket({ certificates, alpn, clientValidation }: DownstreamTls): TransportSocket {
  const context = create(DownstreamTlsContextSchema, {
    commonTlsContext: {
      alpnProtocols: [...alpn],
      tlsParams: {
        tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2,
        tlsMaximumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_3,
      },
      tlsCertificateSdsSecretConfigs: certificates.map((name) => ({ name, sdsConfig: ads() })),
      ...(clientValidation ? validation(clientValidation) : {}),
    },
    ...(clientValidation ? { requireClientCertificate: !clientValidation.isInsecure } : {}),
    disableStatefulSessionResumption: true,
    sessionTicketKeysType: { case: "disableStatelessSessionResumption", value: true },
  });
  return create(TransportSocketSchema, {
    name: "envoy.transport_sockets.tls",
    configType: { case: "typedConfig", value: anyOf(DownstreamTlsContextSchema, context) },
  });
}

type ContextInit = Partial<Exclude<MessageInitShape<typeof CommonTlsContextSchema>, CommonTlsContext>>;

/** Authorities come by SDS; what is done about certificates that do not stem from them stands here. */
function validation({ caSecret, isInsecure }: ClientValidation): ContextInit {
  const authorities = { name: caSecret, sdsConfig: ads() };
  if (!isInsecure) return { validationContextType: { case: "validationContextSdsSecretConfig", value: authorities } };
  const trustChainVerification = CertificateValidationContext_TrustChainVerification.ACCEPT_UNTRUSTED;
  return {
    validationContextType: {
      case: "combinedValidationContext",
      value: { defaultValidationContext: { trustChainVerification }, validationContextSdsSecretConfig: authorities },
    },
  };
}
