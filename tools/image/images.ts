/** The project's images: what is in each, and under which name. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { defaultEnvoyVersion } from "../../src/infra/host/envoy-binary.ts";
import type { BuildInfo } from "../build/build-info.ts";
import { bundle } from "../build/bundle.ts";
import { writeExecutable } from "../build/executable.ts";
import { findPlatform } from "../build/platform.ts";
import { root } from "../lint/check.ts";
import { architecture } from "./architecture.ts";
import { linkedProgram, nonRoot } from "./linked-program.ts";
import type { Image } from "./oci-archive.ts";

/** Name of the Envoy image that gateways ask for unless an EnvoyProxy names another: Envoy's own, of which ours is a copy. */
export const envoyImageName = `docker.io/envoyproxy/envoy:distroless-v${defaultEnvoyVersion}`;

/**
 * The controller: its executable, which runs as certgen and shutdown manager too. It writes nothing, so that its root can be read-only.
 * The executable is built anew into the file given; it has no compiled form of the program, which is never twice the same.
 */
export async function gatewayImage(name: string, info: BuildInfo, executable: string): Promise<Image> {
  const script = await bundle("src/cli/envoy-gateway.ts", info);
  writeExecutable(script, findPlatform(`linux_${architecture}`), executable, { hasCodeCache: false });
  return {
    names: [name],
    architecture,
    entrypoint: ["/usr/local/bin/envoy-gateway"],
    arguments: ["server"],
    user: nonRoot,
    labels: {
      "org.opencontainers.image.title": "Envoy Gateway",
      "org.opencontainers.image.version": info.version,
      "org.opencontainers.image.revision": info.commit,
      "org.opencontainers.image.licenses": "Apache-2.0",
    },
    files: linkedProgram("envoy-gateway", executable),
  };
}

/** Envoy as the project's set-up installed it. */
export function envoyImage(name: string = envoyImageName): Image {
  const program = join(root, ".tools/envoy");
  if (!existsSync(program)) throw new Error(`there is no Envoy at ${program}: make setup`);
  return {
    names: [name],
    architecture,
    entrypoint: ["/usr/local/bin/envoy"],
    user: nonRoot,
    labels: { "org.opencontainers.image.title": "Envoy", "org.opencontainers.image.version": defaultEnvoyVersion },
    files: linkedProgram("envoy", program),
  };
}
