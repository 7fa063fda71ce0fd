/** Where official tests are shown that have no test of their name in this folder, and what of them only a cluster can show. */

/** A file under `test` or `src`, and the title of a test in it. */
export type Evidence = readonly [file: string, title: string];

const backendTls = "test/e2e/backend-tls-policy.test.ts";
const clientCertificate = "test/e2e/backend-client-certificate.test.ts";
const frontendTls = "test/e2e/frontend-tls.test.ts";
const grpc = "test/e2e/grpc.test.ts";
const grpcAttachment = "test/e2e/grpc-attachment.test.ts";
const status = "src/status/status.test.ts";
const tcp = "test/e2e/tcp-routes.test.ts";
const tls = "test/e2e/tls-routes.test.ts";
const udp = "test/e2e/udp-routes.test.ts";

/** Official tests whose behaviour other tests show in full. */
export const shownElsewhere: Readonly<Record<string, readonly Evidence[]>> = {
  BackendTLSPolicy: [
    [
      backendTls,
      "requests to a Service with a policy go over TLS to its hostname, from plain and from HTTPS listeners",
    ],
    [
      backendTls,
      "a certificate for another name, or of another authority, is not trusted; the policy is fine all the same",
    ],
    [backendTls, "an authority that comes, breaks, and is mended takes effect at once"],
  ],
  BackendTLSPolicyObservedGenerationBump: [
    [backendTls, "a policy that comes and goes switches TLS on and off, and its status follows its generation"],
  ],
  BackendTLSPolicyPreserveForeignStatus: [[status, "of another controller stay as they are, first and untouched"]],
  BackendTLSPolicySANValidation: [
    [backendTls, "of the alternative names %s decides, and the hostname is what is asked for only"],
  ],
  BackendTLSPolicyTLSRouteTerminate: [
    [tls, "a BackendTLSPolicy encrypts what a listener has decrypted, and adds nothing to what it hands through"],
  ],
  GRPCExactMethodMatching: [[grpc, "exact methods lead to their backends; what no rule takes is UNIMPLEMENTED"]],
  GRPCRouteHeaderMatching: [[grpc, "calls are told apart by their headers"]],
  GRPCRouteListenerHostnameMatching: [
    [grpcAttachment, "a call goes to the most specific listener that covers its host"],
  ],
  GRPCRouteMultipleGateways: [
    [grpcAttachment, "a route of two Gateways is served by both, one of a single Gateway by that alone"],
  ],
  GRPCRouteMultipleRoutesAttachmentSameHostnameIntersection: [
    [grpcAttachment, "on a listener with an %s host the more specific route is served, though it is younger"],
  ],
  GatewayFrontendClientCertificateValidation: [
    [frontendTls, "only clients with a certificate of the port's authority are let in"],
  ],
  GatewayFrontendClientCertificateValidationInsecureFallback: [
    [frontendTls, "with AllowInsecureFallback every client is let in, and the Gateway says so"],
  ],
  GatewayFrontendInvalidDefaultClientCertificateValidation: [
    [frontendTls, "a port without validation of its own asks for no certificate, and plain HTTP is no matter of it"],
    [frontendTls, "an authority that %s keeps just its port's listeners from being served"],
  ],
  GatewayInvalidFrontendClientCertificateValidation: [
    [frontendTls, "an authority that %s keeps just its port's listeners from being served"],
  ],
  GatewayInvalidTLSBackendConfiguration: [
    [clientCertificate, "a reference to what %s is told, and other traffic goes on"],
  ],
  GatewayPreserveForeignConditions: [
    [
      status,
      "conditions of types that are not ours stay in lists of conditions, behind ours, for objects and listeners",
    ],
  ],
  GatewayTLSBackendClientCertificate: [
    [
      clientCertificate,
      "without a certificate a backend that wants one cannot be reached; with it, it sees whose it is",
    ],
  ],
  HTTPRouteHTTPSListenerDetectMisdirectedRequests: [
    ["test/e2e/https-misdirected.test.ts", "over a connection for %s a request for %s gets %s, by HTTP/2 and HTTP/1.1"],
  ],
  HTTPRoutePreserveForeignStatus: [[status, "of another controller stay as they are, first and untouched"]],
  TCPRouteInvalidBackendRefNonexistent: [
    [tcp, "a route whose only backend is missing refuses connections until it is there"],
  ],
  TCPRouteInvalidCrossNamespaceBackendRef: [
    [tcp, "a backend of another namespace needs a ReferenceGrant, which takes effect when it comes and goes"],
  ],
  TCPRouteInvalidNonTCPListener: [[tcp, "a TCPRoute is not allowed on an HTTP listener"]],
  TCPRouteMultipleRoutesAttachment: [
    [tcp, "of two routes on a listener the older one is served, and both are accepted and counted"],
  ],
  TCPRouteParentRefAttachAll: [[tcp, "a parentRef that names neither attaches to every TCP listener"]],
  TCPRouteParentRefPortAndSectionName: [[tcp, "a route reaches listeners by port, by name, and by both"]],
  TCPRouteReferenceGrant: [
    [tcp, "a backend of another namespace needs a ReferenceGrant, which takes effect when it comes and goes"],
  ],
  TLSRouteHostnameIntersection: [[tls, "hostnames of routes count as far as the listener covers them"]],
  TLSRouteInvalidBackendRefNonexistent: [
    [tls, "backends that are missing, of unknown kind or not permitted refuse connections"],
  ],
  TLSRouteInvalidBackendRefUnknownKind: [
    [tls, "backends that are missing, of unknown kind or not permitted refuse connections"],
  ],
  TLSRouteListenerPassthroughSupportedKinds: [
    [tls, "a passthrough listener that asks for TCPRoutes tells which kinds it can carry"],
  ],
  TLSRouteListenerTerminateSupportedKinds: [
    [tls, "on one port a listener ends TLS and another hands it through, as the server name says"],
  ],
  TLSRouteMixedTerminationSameNamespace: [
    [tls, "on one port a listener ends TLS and another hands it through, as the server name says"],
  ],
  TLSRouteMultipleRoutesAttachmentSameHostnameIntersection: [
    [tls, "of routes that want one server name the more precise one is served before the older one"],
  ],
  TLSRouteSimpleSameNamespace: [
    [tls, "on one port a listener ends TLS and another hands it through, as the server name says"],
  ],
  TLSRouteTerminateSimpleSameNamespace: [
    [tls, "on one port a listener ends TLS and another hands it through, as the server name says"],
  ],
  UDPRoute: [[udp, "datagrams of one client go to one backend, and its answers come back"]],
  UDPRouteInvalidBackendRefNonexistent: [[udp, "the share of a missing backend is dropped"]],
  UDPRouteInvalidCrossNamespaceBackendRef: [
    [udp, "a backend of another namespace needs a ReferenceGrant, which takes effect when it comes and goes"],
  ],
  UDPRouteMultipleRoutesAttachment: [
    [udp, "of two routes on a listener the older one is served, and both are accepted and counted"],
  ],
  UDPRouteNotAllowedByListeners: [[udp, "a UDPRoute is not allowed on a TLS listener"]],
  UDPRouteParentRefAttachAllListeners: [[udp, "a parentRef that names neither attaches to every UDP listener"]],
  UDPRouteParentRefPortAndSectionName: [[udp, "a route reaches listeners by port, by name, and by both"]],
  UDPRouteReferenceGrant: [
    [udp, "a backend of another namespace needs a ReferenceGrant, which takes effect when it comes and goes"],
  ],
};

/** Official tests of which something can be shown by a cluster only: what. Their features are not claimed standalone. */
export const clusterOnly: Readonly<Record<string, string>> = {
  GatewayInfrastructureMetadata:
    "The labels and annotations of the Pods, Services and ServiceAccounts made for a Gateway.",
};

/** Official tests that ask for the refusal of a feature, and do nothing where it is claimed: the feature. */
export const refusals: Readonly<Record<string, string>> = {
  TLSRouteListenerMixedTerminationNotSupported: "TLSRouteModeMixed",
  TLSRouteListenerTerminateNotSupported: "TLSRouteModeTerminate",
};

/** Features without an official test, each with a test of ours. */
export const withoutOfficialTest: Readonly<Record<string, Evidence>> = {
  ClusterTrustBundle: [backendTls, "authorities come from Secrets and ClusterTrustBundles, too"],
};
