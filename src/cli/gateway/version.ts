import type { Command } from "commander";
import { versionInfo } from "../../server/version.ts";
import type { CliContext } from "../context.ts";
import { type Format, formatted, outputOption } from "../output/formats.ts";

/** `envoy-gateway version`. The key about Go is for programs that read the original's output; it holds Node's version. */
export function addVersion(program: Command, context: CliContext): void {
  program
    .command("version")
    .aliases(["versions", "v"])
    .description("print versions of this program, of the Gateway API it knows, and of the Envoy it runs")
    .addOption(outputOption(undefined))
    .action(async ({ output }: { readonly output?: Format }) => {
      const { nodeVersion, ...others } = versionInfo;
      const lines = [
        `ENVOY_GATEWAY_VERSION: ${others.envoyGatewayVersion}`,
        `ENVOY_PROXY_VERSION: ${others.envoyProxyVersion}`,
        `GATEWAYAPI_VERSION: ${others.gatewayAPIVersion}`,
        `GIT_COMMIT_ID: ${others.gitCommitID}`,
        `GOLANG_VERSION: node ${nodeVersion}`,
        `NODE_VERSION: ${nodeVersion}`,
      ];
      const value = { ...others, golangVersion: `node ${nodeVersion}`, nodeVersion };
      context.stdout.write(output ? await formatted(value, output) : `${lines.join("\n")}\n`);
    });
}
