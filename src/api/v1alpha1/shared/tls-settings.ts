/** TLS parameters, towards clients and backends alike. */
import { listOf, oneOf, optional, string } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";

/** TLS versions. `Auto` leaves the choice to Envoy. */
export const TLSVersion = oneOf("Auto", "1.0", "1.1", "1.2", "1.3");

/** Fields of TLS parameters, for the types that add to them. */
export const tlsSettingsFields = {
  minVersion: optional(TLSVersion, "Lowest version that is accepted. Default: 1.2."),
  maxVersion: optional(TLSVersion, "Highest version that is accepted. Default: 1.3."),
  ciphers: optional(
    listOf(string()),
    "Cipher suites for TLS up to 1.2, by BoringSSL's names and in order of preference. Default: Envoy's.",
  ),
  ecdhCurves: optional(listOf(string()), "Curves for the key exchange, in order of preference. Default: Envoy's."),
  signatureAlgorithms: optional(listOf(string()), "Signature algorithms that are accepted. Default: Envoy's."),
  alpnProtocols: optional(
    listOf(string()),
    "Application protocols that are offered, such as `h2` and `http/1.1`. An empty list offers none.",
  ),
  fingerprints: optional(
    listOf(oneOf("JA3", "JA4")),
    "Fingerprints of the client's TLS handshake that are taken, for logs and headers.",
  ),
};

/** What must hold among versions and ciphers. */
export const tlsSettingsRules = [
  rule(
    "has(self.minVersion) && self.minVersion == '1.3' ? !has(self.ciphers) : true",
    "ciphers have no effect with minVersion 1.3, whose suites are fixed",
  ),
  rule(
    'has(self.minVersion) && has(self.maxVersion) ? {"Auto":0,"1.0":1,"1.1":2,"1.2":3,"1.3":4}[self.minVersion] <= {"1.0":1,"1.1":2,"1.2":3,"1.3":4,"Auto":5}[self.maxVersion] : !has(self.minVersion) && has(self.maxVersion) ? 3 <= {"1.0":1,"1.1":2,"1.2":3,"1.3":4,"Auto":5}[self.maxVersion] : true',
    "minVersion (1.2 if absent) must not be above maxVersion",
  ),
];
