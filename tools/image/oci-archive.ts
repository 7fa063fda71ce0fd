/** OCI image archives, written without a container engine: https://github.com/opencontainers/image-spec, version 1.1. */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type Entry, tar } from "../../src/cli/output/tar.ts";

/** One image for one platform, with one layer. */
export interface Image {
  /**
   * Names under which a node has the image, for instance `docker.io/envoyproxy/envoy:distroless-v1.40.0`: exactly what pods ask for.
   * The tag `latest` makes a kubelet pull, so that it is of no use where there is no registry.
   */
  readonly names: readonly string[];
  /** As in Go: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly entrypoint: readonly string[];
  /** Default: none. */
  readonly arguments?: readonly string[];
  /** User id of the process; default: 0. */
  readonly user?: number;
  /** Shown by tools, for instance `org.opencontainers.image.version`. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly files: ReadonlyMap<string, Entry>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/** The image as an archive; `digest` is that of its manifest, by which a registry knows it. The same image has the same bytes. */
export function ociArchive(image: Image): { readonly digest: string; readonly pieces: readonly Uint8Array[] } {
  const blobs = new Map<string, Entry>();
  const put = (mediaType: string, content: Uint8Array): Descriptor => {
    const hash = createHash("sha256").update(content).digest("hex");
    blobs.set(`blobs/sha256/${hash}`, { kind: "file", content });
    return { mediaType, digest: `sha256:${hash}`, size: content.length };
  };
  const layer = put(mediaTypes.layer, Buffer.concat(tar(image.files)));
  const config = put(mediaTypes.config, json(configOf(image, layer.digest)));
  const manifest = put(
    mediaTypes.manifest,
    json({ schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [layer] }),
  );
  const platform = { architecture: image.architecture, os: "linux" };
  const manifests = [...image.names].sort().map((name) => ({
    ...manifest,
    platform,
    // The first is what containerd names an image by when it imports an archive; the second is what other tools show.
    annotations: {
      "io.containerd.image.name": name,
      "org.opencontainers.image.ref.name": name.split(":").at(-1) ?? name,
    },
  }));
  blobs.set("oci-layout", { kind: "file", content: json({ imageLayoutVersion: "1.0.0" }) });
  blobs.set("index.json", {
    kind: "file",
    content: json({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }),
  });
  return { digest: manifest.digest, pieces: tar(blobs) };
}

/** Writes the archive to a file, which appears when it is complete; returns the image's digest. */
export function writeOciArchive(image: Image, file: string): string {
  const { digest, pieces } = ociArchive(image);
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.new`;
  const handle = openSync(draft, "w");
  for (const piece of pieces) {
    for (let offset = 0; offset < piece.length; ) offset += writeSync(handle, piece, offset);
  }
  closeSync(handle);
  renameSync(draft, file);
  return digest;
}

function configOf(image: Image, layerDigest: string): object {
  return {
    architecture: image.architecture,
    os: "linux",
    config: {
      User: String(image.user ?? 0),
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
      Entrypoint: image.entrypoint,
      ...(image.arguments && { Cmd: image.arguments }),
      ...(image.labels && { Labels: image.labels }),
    },
    rootfs: { type: "layers", diff_ids: [layerDigest] },
  };
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
