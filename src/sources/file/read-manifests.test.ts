import { join } from "node:path";
import { expect, test } from "vitest";
import { readManifests } from "./read-manifests.ts";
import { fill, temporaryDirectory } from "./testing/watched-directory.ts";
import { documents, judge, widget } from "./testing/widgets.ts";

const { registry, admit } = judge;

test("objects of files, directories and the standard input come with their places", async () => {
  const directory = fill(temporaryDirectory(), { "a.yaml": documents(widget("a", 1), widget("b", 2)) });
  const single = join(fill(temporaryDirectory(), { c: widget("c", 3) }), "c");
  const { objects, problems } = await readManifests({
    paths: [directory, single, "-"],
    stdin: `# piped\n${widget("d", 4)}`,
    registry,
    admit,
  });
  expect(objects.map(({ kind, key, origin }) => [kind, key, origin?.file, origin?.line])).toEqual([
    ["Widget", "envoy-gateway-system/a", join(directory, "a.yaml"), 1],
    ["Widget", "envoy-gateway-system/b", join(directory, "a.yaml"), 8],
    ["Widget", "envoy-gateway-system/c", single, 1],
    ["Widget", "envoy-gateway-system/d", "<stdin>", 2],
  ]);
  expect(problems).toEqual([]);
});

test("problems are ordered by file and line; a path that does not exist is one", async () => {
  const directory = fill(temporaryDirectory(), {
    "a.yaml": documents(widget("a", -1), "x: [\n"),
    "b.yaml": widget("b", 1, "  sise: 1\n"),
  });
  const { problems } = await readManifests({ paths: [join(directory, "none"), directory], registry, admit });
  expect(problems.map(({ severity, code, file, line }) => [severity, code, file, line])).toEqual([
    ["error", "RuleFailed", join(directory, "a.yaml"), 5],
    ["error", "YamlSyntax", join(directory, "a.yaml"), 9],
    ["warning", "UnknownField", join(directory, "b.yaml"), 7],
    ["error", "PathNotFound", join(directory, "none"), undefined],
  ]);
});

test("a pipe or device is not read from", async () => {
  const { problems } = await readManifests({ paths: ["/dev/null"], registry, admit });
  expect(problems).toMatchObject([{ code: "UnreadableFile", message: "cannot be read: it is no regular file" }]);
});
