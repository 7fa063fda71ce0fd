import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A kubeconfig with everything in it: the party's certificate and key, the authority, and the API server's address. */
export function kubeconfig(name: string, server: string, pki: string, party: string): string {
  const data = (file: string): string => readFileSync(join(pki, file)).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority-data": data("ca.crt") } }],
    users: [
      { name, user: { "client-certificate-data": data(`${party}.crt`), "client-key-data": data(`${party}.key`) } },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
  // JSON is YAML, and every reader of kubeconfigs takes it.
  return `${JSON.stringify(config, null, 2)}\n`;
}
