import { spawnSync } from "node:child_process";

/** `users[].user.exec` of a kubeconfig. */
export interface ExecPlugin {
  readonly apiVersion?: string | undefined;
  readonly command: string;
  readonly args?: readonly string[] | null | undefined;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null | undefined;
  readonly installHint?: string | undefined;
}

/** What a plugin hands out (`ExecCredential.status` of `client.authentication.k8s.io`). */
export interface ExecCredential {
  readonly token?: string | undefined;
  /** PEM. */
  readonly clientCertificateData?: string | undefined;
  readonly clientKeyData?: string | undefined;
  /** RFC 3339; absent: good until the program ends. */
  readonly expirationTimestamp?: string | undefined;
}

/** A credential is replaced this long before it runs out. */
const earlyMs = 10_000;

/**
 * Asks a credential plugin, as kubectl does, and asks again when what it gave has run out. The plugin may talk to the person at the
 * terminal. Throws with the plugin's own words, or its hint how to install it.
 */
export class ExecCredentials {
  readonly #plugin: ExecPlugin;
  readonly #env: Readonly<Record<string, string | undefined>>;
  #current: ExecCredential | undefined;

  constructor(plugin: ExecPlugin, env: Readonly<Record<string, string | undefined>>) {
    this.#plugin = plugin;
    this.#env = env;
  }

  get(): ExecCredential {
    const end = this.#current?.expirationTimestamp;
    const isGood = this.#current !== undefined && (end === undefined || Date.parse(end) - earlyMs > Date.now());
    if (!isGood || this.#current === undefined) this.#current = this.#ask();
    return this.#current;
  }

  #ask(): ExecCredential {
    const { apiVersion = "client.authentication.k8s.io/v1", command, args, env, installHint } = this.#plugin;
    const info = { apiVersion, kind: "ExecCredential", spec: { interactive: process.stdin.isTTY === true } };
    const added = Object.fromEntries((env ?? []).map(({ name, value }) => [name, value]));
    const { error, status, stdout } = spawnSync(command, args ?? [], {
      env: { ...this.#env, ...added, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: ["inherit", "pipe", "inherit"],
      encoding: "utf8",
    });
    if (error)
      throw new Error(`${command} cannot be run: ${error.message}.${installHint ? ` ${installHint.trim()}` : ""}`);
    if (status !== 0) throw new Error(`${command} has ended with status ${status}.`);
    return credentialIn(command, stdout);
  }
}

function credentialIn(command: string, output: string): ExecCredential {
  try {
    const { status } = JSON.parse(output) as { readonly status?: ExecCredential };
    if (status) return status;
  } catch {
    // Told below.
  }
  throw new Error(`${command} has written no ExecCredential with a status.`);
}
