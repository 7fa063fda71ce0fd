import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Image, ociArchive, writeOciArchive } from "./oci-archive.ts";

const image: Image = {
  names: ["docker.io/example/b:1", "docker.io/example/a:1"],
  architecture: "amd64",
  entrypoint: ["/program"],
  arguments: ["server"],
  user: 65532,
  labels: { "org.opencontainers.image.version": "v1" },
  files: new Map([["program", { kind: "file", content: Buffer.from("content"), mode: 0o755 }]]),
};

const folder = mkdtempSync(join(tmpdir(), "oci-archive-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => {
  writeOciArchive(image, join(folder, "image.tar"));
  expect(spawnSync("tar", ["--extract", "--file=image.tar"], { cwd: folder }).status).toBe(0);
});

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}
const blob = (digest: string): Buffer => readFileSync(join(folder, "blobs", digest.replace(":", "/")));
const read = <T>(bytes: Buffer): T => JSON.parse(bytes.toString()) as T;

test("each blob is called by the hash of its content", () => {
  const names = readdirSync(join(folder, "blobs/sha256"));
  expect(names).toHaveLength(3);
  for (const name of names)
    expect(
      createHash("sha256")
        .update(blob(`sha256:${name}`))
        .digest("hex"),
    ).toBe(name);
});

test("the index names one manifest by every name, sorted; it leads to the configuration and the layer", () => {
  const { manifests } = read<{ manifests: (Descriptor & { annotations: Record<string, string> })[] }>(
    readFileSync(join(folder, "index.json")),
  );
  expect(manifests.map(({ annotations }) => annotations["io.containerd.image.name"])).toEqual([
    "docker.io/example/a:1",
    "docker.io/example/b:1",
  ]);
  const digests = new Set(manifests.map(({ digest }) => digest));
  expect(digests).toEqual(new Set([ociArchive(image).digest]));
  const [digest = ""] = digests;
  const manifest = read<{ config: Descriptor; layers: Descriptor[] }>(blob(digest));
  for (const part of [manifest.config, ...manifest.layers]) expect(blob(part.digest)).toHaveLength(part.size);
  const [layer] = manifest.layers;
  expect(read(blob(manifest.config.digest))).toEqual({
    architecture: "amd64",
    os: "linux",
    config: {
      User: "65532",
      Env: [expect.stringMatching(/^PATH=.*\/usr\/local\/bin/)],
      Entrypoint: ["/program"],
      Cmd: ["server"],
      Labels: { "org.opencontainers.image.version": "v1" },
    },
    rootfs: { type: "layers", diff_ids: [layer?.digest] },
  });
  const listed = spawnSync("tar", ["--list", "--file=-"], { input: blob(layer?.digest ?? ""), encoding: "utf8" });
  expect(listed.stdout).toBe("program\n");
});

test("the same image has the same digest and bytes; another content, user or argument has another digest", () => {
  const again = ociArchive({ ...image, names: [...image.names].reverse() });
  expect(Buffer.concat(again.pieces).equals(readFileSync(join(folder, "image.tar")))).toBe(true);
  const others: Image[] = [
    { ...image, files: new Map([["program", { kind: "file", content: Buffer.from("changed") }]]) },
    { ...image, user: 0 },
    { ...image, arguments: ["certgen"] },
  ];
  expect(new Set([image, ...others].map((one) => ociArchive(one).digest)).size).toBe(4);
});

test("a digest is that of the image, whatever it is called", () => {
  expect(ociArchive({ ...image, names: ["docker.io/example/c:2"] }).digest).toBe(ociArchive(image).digest);
});
