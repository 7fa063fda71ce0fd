/** Somebody who signs tokens and publishes the keys to check them with, over TLS. */
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { createAuthority } from "../../src/xds/testing/certificates.ts";

/** Times and claims of a token beside its own. */
export interface TokenOptions {
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds from now; negative for a token that has expired. Default: an hour. */
  readonly expiresIn?: number;
  /** Signs with a key that nobody knows. */
  readonly isForged?: boolean;
}

/** A running issuer. */
export interface JwtIssuer {
  /** Name in the server's certificate. */
  readonly host: string;
  readonly port: number;
  /** PEM of the authority that vouches for the server. */
  readonly ca: string;
  /** The key set, as JSON. */
  readonly keySet: string;
  /** Number of times the keys were fetched. */
  readonly fetches: number;
  /** Number of connections that broke before TLS stood, such as those of clients that do not trust the server. */
  readonly refusals: number;
  token(claims?: JWTPayload, options?: TokenOptions): Promise<string>;
  /** Signs with a new key from now on, and publishes that one instead of the old one. */
  rotate(): Promise<void>;
  stop(): void;
}

interface SigningKey {
  readonly id: string;
  readonly key: CryptoKey;
  /** The set that has this key only, as JSON. */
  readonly keySet: string;
}

async function makeKey(id: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: id, alg: "RS256", use: "sig" };
  return { id, key: privateKey, keySet: JSON.stringify({ keys: [jwk] }) };
}

/** Starts an issuer on a free port of an address of this machine. */
export async function startIssuer(host = "jwks.test", address = "127.0.0.1"): Promise<JwtIssuer> {
  let known = await makeKey("one");
  const unknown = await makeKey("unknown");
  const authority = await createAuthority();
  const counter = { fetches: 0, refusals: 0 };
  const server: Server = createServer(await authority.issue(host), (_request, response) => {
    counter.fetches++;
    response.setHeader("content-type", "application/json");
    response.end(known.keySet);
  });
  server.on("tlsClientError", () => counter.refusals++);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    host,
    port: (server.address() as AddressInfo).port,
    ca: authority.ca,
    get keySet() {
      return known.keySet;
    },
    get fetches() {
      return counter.fetches;
    },
    get refusals() {
      return counter.refusals;
    },
    token(
      claims = {},
      { issuer = "https://issuer.test", audience = "shop", expiresIn = 3_600, isForged = false } = {},
    ) {
      const now = Math.floor(Date.now() / 1_000);
      return new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: known.id })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(now - 60)
        .setExpirationTime(now + expiresIn)
        .sign(isForged ? unknown.key : known.key);
    },
    async rotate() {
      known = await makeKey(`${known.id}-next`);
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Backend `default/jwks` at which the issuer's keys are found, trusted by its own authority. */
export function issuerManifest({ host, port, ca }: JwtIssuer): string {
  return `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: Backend
metadata: { name: jwks, namespace: default }
spec:
  endpoints: [{ ip: { address: 127.0.0.1, port: ${port} } }]
  tls: { caCertificateRefs: [{ group: "", kind: ConfigMap, name: jwks-ca }], sni: ${host} }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: jwks-ca, namespace: default }
data: { ca.crt: ${JSON.stringify(ca)} }
`;
}

/** A SecurityPolicy with one provider whose keys are the issuer's. `target` and `provider` are YAML; `jwt` further fields of `spec.jwt`. */
export function jwtPolicy(name: string, target: string, provider = "", jwt = ""): string {
  return `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: { name: ${name}, namespace: default }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, ${target} }]
  jwt:
    ${jwt}
    providers:
    - name: example
      remoteJWKS:
        uri: https://jwks.test/keys.json
        backendRefs: [{ group: gateway.envoyproxy.io, kind: Backend, name: jwks }]
      ${provider}
`;
}
