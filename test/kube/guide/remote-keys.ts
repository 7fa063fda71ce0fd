/** Keys that Envoy fetches over TLS, live: this process is the key server, and the cluster has a Service for it. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addressesOf } from "../../../tools/cluster/addresses.ts";
import { type JwtIssuer, startIssuer } from "../../e2e/jwt-issuer.ts";
import type { Guide } from "../harness/guide.ts";
import { expectCode, soon } from "./cluster-objects.ts";

const askFoo = (token: string): string =>
  `curl -sS -o /dev/null -H "Host: www.example.com" -H "Authorization: Bearer ${token}" -w "%{http_code}\\n" http://$GATEWAY_HOST/foo`;

/** Service `jwks` without pods, whose one endpoint is the issuer. */
const keyService = (address: string, { port }: JwtIssuer): string => `---
apiVersion: v1
kind: Service
metadata: { name: jwks }
spec: { ports: [{ name: https, port: 443, targetPort: ${port} }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: jwks, labels: { kubernetes.io/service-name: jwks } }
addressType: IPv4
endpoints: [{ addresses: [${address}], conditions: { ready: true } }]
ports: [{ name: https, port: ${port}, protocol: TCP }]
`;

/** Whom Envoy trusts to vouch for the Service. */
const trust = ({ host }: JwtIssuer, ca: string): string => `---
apiVersion: v1
kind: ConfigMap
metadata: { name: jwks-ca }
data: { ca.crt: ${JSON.stringify(ca)} }
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: jwks }
spec:
  targetRefs: [{ group: "", kind: Service, name: jwks }]
  validation: { hostname: ${host}, caCertificateRefs: [{ group: "", kind: ConfigMap, name: jwks-ca }] }
`;

/** The guide's policy with keys of the Service, fetched again every second. */
const policy = ({ host }: JwtIssuer): string => `---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: { name: jwt-example }
spec:
  targetRefs: [{ group: gateway.networking.k8s.io, kind: HTTPRoute, name: foo }]
  jwt:
    providers:
    - name: example
      remoteJWKS:
        uri: https://${host}/jwks.json
        cacheDuration: 1s
        backendRefs: [{ name: jwks, port: 443 }]
`;

/** Needs the routes `foo` and `bar` of the guide, and GATEWAY_HOST; leaves nothing but the policy `jwt-example`. */
export function remoteKeys(guide: () => Guide): void {
  describe("keys of a Service in the cluster", () => {
    let folder: string;
    const issuers: JwtIssuer[] = [];
    const start = async (address?: string): Promise<JwtIssuer> => {
      const issuer = await startIssuer("jwks.example.test", address);
      issuers.push(issuer);
      return issuer;
    };
    // Not as part of a command: the guide's shell puts other ports in it.
    const apply = async (...manifests: readonly string[]): Promise<void> => {
      const file = join(folder, "objects.yaml");
      writeFileSync(file, manifests.join(""));
      await guide().output(`kubectl apply -f ${file}`);
    };
    let issuer: JwtIssuer;
    let stranger: JwtIssuer;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "guide-keys-"));
      const { machine } = addressesOf(Number(await guide().output("echo $CLUSTER")));
      issuer = await start(machine);
      stranger = await start();
      await apply(keyService(machine, issuer));
    });
    afterAll(async () => {
      for (const each of issuers) each.stop();
      rmSync(folder, { recursive: true, force: true });
      await guide().output("kubectl delete backendtlspolicy/jwks configmap/jwks-ca service/jwks endpointslice/jwks");
    });

    test("S78: Envoy takes no keys of a server for which another authority vouches", async () => {
      await apply(trust(issuer, stranger.ca), policy(issuer));
      await expect.poll(() => issuer.refusals, soon).toBeGreaterThan(0);
      expect(issuer.fetches).toBe(0);
      await expectCode(guide(), askFoo(await issuer.token()), 401);
    });

    test("S78: of a server that it trusts it takes them, and tokens signed with others are refused", async () => {
      await apply(trust(issuer, issuer.ca));
      await expectCode(guide(), askFoo(await issuer.token()), 200);
      await expectCode(guide(), askFoo(await issuer.token({}, { isForged: true })), 401);
      await expectCode(guide(), askFoo(await stranger.token()), 401);
    });

    test("S78: keys that come later are taken too, and tokens signed with those before are refused", async () => {
      const old = await issuer.token();
      await expectCode(guide(), askFoo(old), 200);
      await issuer.rotate();
      await expectCode(guide(), askFoo(await issuer.token()), 200);
      await expectCode(guide(), askFoo(old), 401);
    });
  });
}
