/** What a dynamically linked program needs around it in an image. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { getCACertificates } from "node:tls";
import type { Entry } from "../../src/cli/output/tar.ts";

/** glibc loads these by name when it resolves hosts and users, so that no program is linked to them. */
const loadedLater = ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"];

/** The user that images run as unless the pod says otherwise: what distroless images call `nonroot`. */
export const nonRoot = 65532;

/**
 * Files of an image with one program at `usr/local/bin/<name>`: the libraries it is linked to, from this machine; users; a `tmp`
 * that everyone may write; and the authorities that Node trusts, where Debian keeps them.
 */
export function linkedProgram(name: string, program: string): Map<string, Entry> {
  const libraries = linkedLibraries(program);
  const libc = libraries.find((library) => library.includes("/libc.so"));
  if (libc === undefined)
    throw new Error(`${program} is not linked to glibc; images are built on a machine with glibc`);
  const files = new Map<string, Entry>();
  for (const library of [...libraries, ...loadedLater.map((name) => join(dirname(libc), name))]) {
    files.set(library.slice(1), { kind: "file", content: readFileSync(library), mode: 0o755 });
  }
  files.set(`usr/local/bin/${name}`, { kind: "file", content: readFileSync(program), mode: 0o755 });
  files.set("tmp", { kind: "folder", mode: 0o1777 });
  files.set(
    "etc/passwd",
    text(`root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${nonRoot}:${nonRoot}:nonroot:/:/sbin/nologin\n`),
  );
  files.set("etc/group", text(`root:x:0:\nnonroot:x:${nonRoot}:\n`));
  files.set("etc/nsswitch.conf", text("hosts: files dns\n"));
  files.set("etc/ssl/certs/ca-certificates.crt", text(`${getCACertificates("bundled").join("\n")}\n`));
  return files;
}

/** Paths of the libraries, the loader among them. */
function linkedLibraries(program: string): string[] {
  const listed = spawnSync("ldd", [program], { encoding: "utf8" });
  if (listed.status !== 0)
    throw new Error(`ldd cannot tell what ${program} is linked to: ${listed.stderr ?? listed.error}`);
  return librariesOf(listed.stdout);
}

/** The paths in what `ldd` prints; the kernel's own library has none. */
export function librariesOf(listing: string): string[] {
  return [...listing.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)]
    .map(([, path]) => path ?? "")
    .filter((path) => path !== "");
}

function text(content: string): Entry {
  return { kind: "file", content: Buffer.from(content) };
}
