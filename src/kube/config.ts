import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import { type ExecCredential, ExecCredentials, type ExecPlugin } from "./exec-credential.ts";

/** How the API server is reached and who asks. */
export interface KubeConfig {
  /** E.g. `https://10.96.0.1:443`. */
  readonly server: string;
  /** PEM; absent: the authorities Node.js trusts. */
  readonly ca?: string | undefined;
  /** PEM of a client certificate and its key. */
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  /** Name the server's certificate must carry, where it is not the host's. */
  readonly serverName?: string | undefined;
  readonly isInsecure: boolean;
  /** The bearer token now; read anew for each request, for service accounts' tokens are replaced while a program runs. */
  readonly token?: (() => string | undefined) | undefined;
  /** Namespace to use where none is given. */
  readonly namespace: string;
}

/** Where a configuration is looked for. */
export interface KubeConfigChoice {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A kubeconfig named by the user. */
  readonly path?: string | undefined;
  /** A context of it other than the current one. */
  readonly context?: string | undefined;
}

/** No configuration could be found or read; the message says where it was looked for. */
export class KubeConfigError extends Error {
  override readonly name = "KubeConfigError";
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The configuration to use, in kubectl's order: the kubeconfig that is given, `KUBECONFIG` (the first of its files that exists), a pod's
 * service account, `~/.kube/config`. Throws a {@link KubeConfigError}.
 */
export function loadKubeConfig({ env, path, context }: KubeConfigChoice): KubeConfig {
  const fromFile = (file: string): KubeConfig => configIn(file, context, env);
  if (path !== undefined) return fromFile(path);
  const named = (env["KUBECONFIG"] ?? "").split(":").filter((file) => file !== "");
  const file = named.find((candidate) => existsSync(candidate));
  if (file !== undefined) return fromFile(file);
  if (named.length > 0) throw new KubeConfigError(`KUBECONFIG names no file that exists: ${named.join(", ")}`);
  if (env["KUBERNETES_SERVICE_HOST"]) return inClusterConfig(env, serviceAccount);
  const home = resolve(env["HOME"] ?? "/", ".kube/config");
  if (existsSync(home)) return fromFile(home);
  throw new KubeConfigError(`No cluster is configured: set KUBECONFIG, or write ${home}.`);
}

/** The configuration of a pod, from its service account's files in `directory`. */
export function inClusterConfig(env: KubeConfigChoice["env"], directory: string): KubeConfig {
  const host = env["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  const read = (file: string): string => readFileSync(resolve(directory, file), "utf8").trim();
  try {
    return {
      server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      ca: read("ca.crt"),
      isInsecure: false,
      token: () => read("token"),
      namespace: read("namespace"),
    };
  } catch (error) {
    throw new KubeConfigError(`The pod's service account cannot be read: ${textOf(error)}`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

interface KubeConfigFile {
  readonly "current-context"?: string;
  readonly clusters?: readonly { readonly name: string; readonly cluster?: Fields }[];
  readonly users?: readonly { readonly name: string; readonly user?: Fields }[];
  readonly contexts?: readonly { readonly name: string; readonly context?: Fields }[];
}

/** Fields of a user by which kubectl asks in another's name. Without them the permissions would be other ones than meant. */
const impersonation = ["as", "as-uid", "as-groups", "as-user-extra"];

function configIn(path: string, chosen: string | undefined, env: KubeConfigChoice["env"]): KubeConfig {
  const file = readFile(path);
  const contextName = chosen ?? file["current-context"] ?? "";
  const context = file.contexts?.find(({ name }) => name === contextName)?.context;
  if (!context) throw new KubeConfigError(`${path} has no context ${JSON.stringify(contextName)}.`);
  const cluster = file.clusters?.find(({ name }) => name === context["cluster"])?.cluster;
  if (!cluster) throw new KubeConfigError(`${path} has no cluster ${JSON.stringify(context["cluster"])}.`);
  const user = file.users?.find(({ name }) => name === context["user"])?.user ?? {};
  if (user["auth-provider"]) {
    throw new KubeConfigError(`${path}: logging in with an auth-provider is not supported; use exec or a token.`);
  }
  const other = impersonation.find((name) => user[name] !== undefined);
  if (other) throw new KubeConfigError(`${path}: acting as another user ("${other}") is not supported; remove it.`);
  if (cluster["proxy-url"]) throw new KubeConfigError(`${path}: a proxy ("proxy-url") is not supported; remove it.`);
  const exec = user["exec"] ? execOf(path, user["exec"] as ExecPlugin, env) : undefined;
  const server = text(cluster["server"]);
  if (server === undefined) throw new KubeConfigError(`${path}: cluster ${context["cluster"]} has no server.`);
  const data = (fields: Fields, name: string): string | undefined => {
    const inline = text(fields[`${name}-data`]);
    if (inline !== undefined) return Buffer.from(inline, "base64").toString("utf8");
    const named = text(fields[name]);
    return named === undefined ? undefined : readFileSync(resolve(dirname(path), named), "utf8");
  };
  return {
    server: server.replace(/\/+$/, ""),
    ca: data(cluster, "certificate-authority"),
    certificate: exec?.first.clientCertificateData ?? data(user, "client-certificate"),
    key: exec?.first.clientKeyData ?? data(user, "client-key"),
    serverName: text(cluster["tls-server-name"]),
    isInsecure: cluster["insecure-skip-tls-verify"] === true,
    token: exec?.token ?? tokenOf(user, dirname(path)),
    namespace: text(context["namespace"]) ?? "default",
  };
}

/** A certificate is taken once, for connections that are open keep theirs; a token is asked for anew when it has run out. */
function execOf(
  path: string,
  plugin: ExecPlugin,
  env: KubeConfigChoice["env"],
): { readonly first: ExecCredential; readonly token: KubeConfig["token"] } {
  const credentials = new ExecCredentials(plugin, env);
  try {
    const first = credentials.get();
    return { first, token: first.token === undefined ? undefined : () => credentials.get().token };
  } catch (error) {
    throw new KubeConfigError(`${path}: ${textOf(error)}`);
  }
}

function tokenOf(user: Fields, directory: string): KubeConfig["token"] {
  const file = text(user["tokenFile"]);
  if (file !== undefined) return () => readFileSync(resolve(directory, file), "utf8").trim();
  const token = text(user["token"]);
  return token === undefined ? undefined : () => token;
}

function readFile(path: string): KubeConfigFile {
  try {
    return parse(readFileSync(path, "utf8")) as KubeConfigFile;
  } catch (error) {
    throw new KubeConfigError(`${path} cannot be read: ${textOf(error)}`);
  }
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
