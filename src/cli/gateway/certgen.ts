import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { EnsureResult } from "../../certificates/ensure.ts";
import { type CliContext, CommandError } from "../context.ts";

interface CertgenOptions {
  readonly local?: true;
  readonly configHome?: string;
  readonly overwrite?: true;
}

/** `envoy-gateway certgen`: the certificates between control plane and Envoys, as Secrets of a cluster or, with `--local`, as files. */
export function addCertgen(program: Command, context: CliContext): void {
  program
    .command("certgen")
    .description("make the certificates with which control plane and Envoys recognise each other; good ones are kept")
    .option("-l, --local", "write them to files, for a control plane on this machine")
    .option("--config-home <directory>", "directory below which certs/ is written (default: ~/.config/envoy-gateway)")
    .option("-o, --overwrite", "replace those that are there")
    .addOption(
      new Option("--disable-topology-injector", "leave out what a cluster's topology injector needs").hideHelp(),
    )
    .action(async (options: CertgenOptions) => {
      try {
        const { where, result } = options.local ? await inFiles(options, context) : await inCluster(options, context);
        for (const problem of result.problems) context.stderr.write(`${problem}\n`);
        for (const verb of ["created", "replaced", "kept"] as const) {
          for (const name of result[verb]) context.stdout.write(`${verb} ${where}/${name}\n`);
        }
      } catch (error) {
        throw new CommandError(
          `The certificates cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    });
}

interface Outcome {
  readonly where: string;
  readonly result: EnsureResult;
}

async function inFiles({ configHome: given, overwrite }: CertgenOptions, context: CliContext): Promise<Outcome> {
  const { ensureCertificates } = await import("../../certificates/ensure.ts");
  const { hostDirectories } = await import("../../infra/host/directories.ts");
  const { configHome } = hostDirectories({ configHome: given === undefined ? undefined : resolve(context.cwd, given) });
  const result = await ensureCertificates({ configHome, now: context.now(), overwrite });
  return { where: `${configHome}/certs`, result };
}

/** In the cluster and namespace of the control plane, which the environment names as it does for the server. */
async function inCluster({ overwrite }: CertgenOptions, context: CliContext): Promise<Outcome> {
  const { KubeClient } = await import("../../kube/client.ts");
  const { loadKubeConfig } = await import("../../kube/config.ts");
  const { ensureCertificateSecrets } = await import("../../server/kubernetes/certificate-secrets.ts");
  const { surroundingsOf } = await import("../../server/translation-settings.ts");
  const { namespace, clusterDomain } = surroundingsOf(context.env);
  const client = new KubeClient(loadKubeConfig({ env: context.env }));
  try {
    const result = await ensureCertificateSecrets({ client, namespace, clusterDomain, now: context.now(), overwrite });
    return { where: `Secret ${namespace}`, result };
  } finally {
    client.close();
  }
}
