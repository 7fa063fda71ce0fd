/**
 * `make image`: writes OCI archives of the project's images into a folder, without a container engine. Operands: `gateway`, `envoy`.
 * The last lines are the archives' paths, for `cluster load` and others.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readBuildInfo } from "../build/build-info.ts";
import { root } from "../lint/check.ts";
import { envoyImage, envoyImageName, gatewayImage } from "./images.ts";
import { type Image, writeOciArchive } from "./oci-archive.ts";

const { values, positionals } = parseArgs({
  options: {
    /** Name of the controller's image, with a tag. */
    name: { type: "string", default: "docker.io/envoyproxy/gateway-dev:local" },
    /** Name of Envoy's image. */
    "envoy-name": { type: "string", default: envoyImageName },
    /** Folder of the archives. */
    output: { type: "string", default: join(root, "bin/images") },
  },
  allowPositionals: true,
});

const makers: Readonly<Record<string, (scratch: string) => Image | Promise<Image>>> = {
  gateway: (scratch) => gatewayImage(values.name, readBuildInfo(), join(scratch, "envoy-gateway")),
  envoy: () => envoyImage(values["envoy-name"]),
};

async function write(kind: string): Promise<void> {
  const make = makers[kind];
  if (!make) throw new Error(`there is no image ${kind}; there are ${Object.keys(makers).join(", ")}`);
  const start = performance.now();
  const scratch = mkdtempSync(join(tmpdir(), "image-"));
  try {
    const image = await make(scratch);
    const file = join(values.output, `${kind}.tar`);
    const digest = writeOciArchive(image, file);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`image: ${image.names.join(", ")} … done (${seconds} s)\n  ${digest}\n  ${file}\n`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

try {
  mkdirSync(values.output, { recursive: true });
  for (const kind of positionals) await write(kind);
} catch (error) {
  process.stderr.write(`image: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
