/** Random objects about TLS and traffic to backends, of the same small world. */
import fc from "fast-check";
import { gatewayApi, namespaces, times, written } from "./random-writes.ts";

/** References to authorities: Secrets of this namespace and of another one, and what holds none. */
const authorities = fc.constantFrom(
  [{ group: "", kind: "Secret", name: "one" }],
  [{ group: "", kind: "Secret", name: "two" }],
  [{ group: "", kind: "Secret", name: "far", namespace: "other" }],
  [
    { group: "", kind: "ConfigMap", name: "missing" },
    { group: "", kind: "Secret", name: "one" },
  ],
  [{ group: "", kind: "Service", name: "one" }],
);

const validation = fc
  .tuple(authorities, fc.constantFrom("AllowValidOnly", "AllowInsecureFallback"))
  .map(([caCertificateRefs, mode]) => ({ validation: { caCertificateRefs, mode } }));

const clientCertificate = fc.constantFrom({ name: "one" }, { name: "far", namespace: "other" }, { name: "missing" });

/** `spec.tls` of a Gateway, or nothing. */
export const gatewayTls: fc.Arbitrary<object | undefined> = fc.option(
  fc.oneof(
    fc
      .record({ general: fc.oneof(validation, fc.constant({})), port: fc.constantFrom(8443, 8444), tls: validation })
      .map(({ general, port, tls }) => ({ frontend: { default: general, perPort: [{ port, tls }] } })),
    clientCertificate.map((clientCertificateRef) => ({ backend: { clientCertificateRef } })),
  ),
  { nil: undefined },
);

/** `spec.tls` of a Backend, or nothing. */
export const backendTls: fc.Arbitrary<object | undefined> = fc.constantFrom(
  undefined,
  { wellKnownCACertificates: "System", sni: "one.test" },
  { insecureSkipVerify: true, clientCertificateRef: { name: "one" } },
  { caCertificateRefs: [{ group: "", kind: "Secret", name: "two" }] },
  {},
);

const target = fc.constantFrom(
  { group: "", kind: "Service", name: "one" },
  { group: "", kind: "Service", name: "two" },
  { group: "gateway.envoyproxy.io", kind: "Backend", name: "one" },
);

/** BackendTLSPolicies that meet at their targets. */
export const backendTlsPolicy = fc
  .record({
    name: fc.constantFrom("t0", "t1"),
    namespace: namespaces,
    time: times,
    targetRef: target,
    sectionName: fc.constantFrom(undefined, undefined, "http"),
    trust: fc.constantFrom(
      { wellKnownCACertificates: "System" },
      { caCertificateRefs: [{ group: "", kind: "Secret", name: "one" }] },
      { caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "missing" }] },
    ),
  })
  .map(({ name, namespace, time, targetRef, sectionName, trust }) =>
    written(
      gatewayApi,
      "BackendTLSPolicy",
      { spec: { targetRefs: [{ ...targetRef, sectionName }], validation: { hostname: "one.test", ...trust } } },
      { name, namespace, creationTimestamp: time },
    ),
  );

/** XBackendTrafficPolicies that meet at their targets. */
export const trafficPolicy = fc
  .record({
    name: fc.constantFrom("x0", "x1"),
    namespace: namespaces,
    time: times,
    targetRef: target,
    percent: fc.constantFrom(undefined, 10),
    session: fc.constantFrom(undefined, { type: "Header", header: { name: "x-session" } }),
  })
  .map(({ name, namespace, time, targetRef, percent, session }) =>
    written(
      "gateway.networking.x-k8s.io/v1alpha1",
      "XBackendTrafficPolicy",
      {
        spec: {
          targetRefs: [targetRef],
          ...(percent ? { retryConstraint: { budget: { percent } } } : {}),
          sessionPersistence: session,
        },
      },
      { name, namespace, creationTimestamp: time },
    ),
  );
