import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { type CliContext, CommandError } from "../context.ts";

interface CertgenOptions {
  readonly local?: true;
  readonly configHome?: string;
  readonly overwrite?: true;
}

/** `envoy-gateway certgen --local`: the certificates between control plane and Envoys, as files. */
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
      if (!options.local) throw new CommandError("certgen makes files only in this version; say --local.");
      const { ensureCertificates } = await import("../../certificates/ensure.ts");
      const { hostDirectories } = await import("../../infra/host/directories.ts");
      const given = options.configHome === undefined ? undefined : resolve(context.cwd, options.configHome);
      const { configHome } = hostDirectories({ configHome: given });
      try {
        const { created, kept, replaced, problems } = await ensureCertificates({
          configHome,
          now: context.now(),
          overwrite: options.overwrite,
        });
        for (const problem of problems) context.stderr.write(`${problem}\n`);
        for (const [verb, names] of [
          ["created", created],
          ["replaced", replaced],
          ["kept", kept],
        ] as const) {
          for (const name of names) context.stdout.write(`${verb} ${configHome}/certs/${name}\n`);
        }
      } catch (error) {
        throw new CommandError(
          `The certificates cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        );
      }
    });
}
