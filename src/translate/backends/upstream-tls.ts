import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type TransportSocket, TransportSocketSchema } from "../../gen/envoy/config/core/v3/base_pb.js";
import {
  SubjectAltNameMatcher_SanType,
  TlsParameters_TlsProtocol,
  TlsParametersSchema,
} from "../../gen/envoy/extensions/transport_sockets/tls/v3/common_pb.js";
import {
  type CommonTlsContext,
  CommonTlsContextSchema,
  UpstreamTlsContextSchema,
} from "../../gen/envoy/extensions/transport_sockets/tls/v3/tls_pb.js";
import { ads, anyOf } from "../encode.ts";
import type { UpstreamTls } from "./destination.ts";

const versions: Readonly<Record<string, TlsParameters_TlsProtocol | undefined>> = {
  Auto: TlsParameters_TlsProtocol.TLS_AUTO,
  "1.0": TlsParameters_TlsProtocol.TLSv1_0,
  "1.1": TlsParameters_TlsProtocol.TLSv1_1,
  "1.2": TlsParameters_TlsProtocol.TLSv1_2,
  "1.3": TlsParameters_TlsProtocol.TLSv1_3,
};

/** Transport socket for TLS to a backend; `systemCaFile`: where Envoy finds the authorities that its system trusts. Follows `envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext`. */
export function upstreamTlsSocket(tls: UpstreamTls, systemCaFile: string): TransportSocket {
  const context = create(UpstreamTlsContextSchema, {
    ...(tls.sni ? { sni: tls.sni } : {}),
    ...(tls.sniFromEndpoint ? { autoHostSni: true } : {}),
    ...(!tls.sni && !tls.subjectAltNames?.length && tls.trust !== "anybody" ? { autoSniSanValidation: true } : {}),
    commonTlsContext: commonContext(tls, systemCaFile),
  });
  return create(TransportSocketSchema, {
    name: "envoy.transport_sockets.tls",
    configType: { case: "typedConfig", value: anyOf(UpstreamTlsContextSchema, context) },
  });
}

function commonContext(tls: UpstreamTls, systemCaFile: string): CommonTlsContext {
  const { minVersion, maxVersion } = tls;
  return create(CommonTlsContextSchema, {
    tlsParams: create(TlsParametersSchema, {
      tlsMinimumProtocolVersion: versions[minVersion ?? "Auto"] ?? TlsParameters_TlsProtocol.TLS_AUTO,
      tlsMaximumProtocolVersion: versions[maxVersion ?? "1.3"] ?? TlsParameters_TlsProtocol.TLSv1_3,
      cipherSuites: [...(tls.ciphers ?? [])],
      ecdhCurves: [...(tls.ecdhCurves ?? [])],
      signatureAlgorithms: [...(tls.signatureAlgorithms ?? [])],
    }),
    alpnProtocols: [...(tls.alpn ?? [])],
    ...(tls.clientCertificateSecret
      ? { tlsCertificateSdsSecretConfigs: [{ name: tls.clientCertificateSecret, sdsConfig: ads() }] }
      : {}),
    ...validation(tls, systemCaFile),
  });
}

type ContextInit = Partial<Exclude<MessageInitShape<typeof CommonTlsContextSchema>, CommonTlsContext>>;

/** Trust and expected names. Names given win over the server name; without either, the request's host is expected (auto SNI). */
function validation(tls: UpstreamTls, systemCaFile: string): ContextInit {
  if (tls.trust === "anybody") return {};
  const names = tls.subjectAltNames?.length
    ? tls.subjectAltNames
    : tls.sni
      ? [{ type: "DNS" as const, value: tls.sni }]
      : [];
  const matchTypedSubjectAltNames = names.map(({ type, value }) => ({
    sanType: type === "DNS" ? SubjectAltNameMatcher_SanType.DNS : SubjectAltNameMatcher_SanType.URI,
    matcher: { matchPattern: { case: "exact" as const, value } },
  }));
  if (tls.trust === "system") {
    const trustedCa = { specifier: { case: "filename" as const, value: systemCaFile } };
    return { validationContextType: { case: "validationContext", value: { trustedCa, matchTypedSubjectAltNames } } };
  }
  return {
    validationContextType: {
      case: "combinedValidationContext",
      value: {
        defaultValidationContext: { matchTypedSubjectAltNames },
        validationContextSdsSecretConfig: { name: tls.trust.caSecret, sdsConfig: ads() },
      },
    },
  };
}
