import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join, normalize } from "node:path";
import { root } from "../../../tools/lint/check.ts";

/** What a release is published as, and the folder of this project that holds the same. */
const places: Readonly<Record<string, string>> = {
  "/releases/": "release",
  "/raw/": ".",
};

interface Blob {
  readonly mediaType: string;
  readonly content: Buffer;
}

/**
 * What the internet has for readers of the guide, from this working tree: the files of a release, the files of the repository, and the
 * chart in an OCI registry. Serves on a free port of 127.0.0.1.
 */
export class Publisher {
  readonly #server: Server;
  /** Blobs and manifests of the registry: by digest, and manifests by tag as well. */
  readonly #blobs = new Map<string, Blob>();

  private constructor() {
    this.#server = createServer((request, response) => {
      const found = this.#find(decodeURI(request.url ?? "/"));
      if (!found) return void response.writeHead(404).end();
      const digest = digestOf(found.content);
      const length = found.content.length;
      response.writeHead(200, {
        "content-type": found.mediaType,
        "content-length": length,
        "docker-content-digest": digest,
      });
      response.end(request.method === "HEAD" ? undefined : found.content);
    });
  }

  static async start(): Promise<Publisher> {
    const publisher = new Publisher();
    await new Promise<void>((resolve) => publisher.#server.listen(0, "127.0.0.1", resolve));
    return publisher;
  }

  /** Host and port. */
  get authority(): string {
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  }

  /** Offers a chart's archive as a Helm artifact under a tag. */
  addChart(archive: string, tag: string): void {
    const config = this.#add("application/vnd.cncf.helm.config.v1+json", Buffer.from("{}"));
    const layer = this.#add("application/vnd.cncf.helm.chart.content.v1.tar+gzip", readFileSync(archive));
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [layer] }));
    this.#add(mediaType, manifest);
    this.#blobs.set(tag, { mediaType, content: manifest });
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #add(mediaType: string, content: Buffer): object {
    const digest = digestOf(content);
    this.#blobs.set(digest, { mediaType, content });
    return { mediaType, digest, size: content.length };
  }

  #find(path: string): Blob | undefined {
    if (path === "/v2/") return { mediaType: "application/json", content: Buffer.from("{}") };
    const [, reference] = /^\/v2\/.+\/(?:manifests|blobs)\/([^/]+)$/.exec(path) ?? [];
    if (reference !== undefined) return this.#blobs.get(reference);
    const place = Object.keys(places).find((prefix) => path.startsWith(prefix));
    if (place === undefined) return undefined;
    const file = join(root, places[place] ?? "", normalize(`/${path.slice(place.length)}`));
    if (!existsSync(file) || !statSync(file).isFile()) return undefined;
    return { mediaType: "text/plain", content: readFileSync(file) };
  }
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
