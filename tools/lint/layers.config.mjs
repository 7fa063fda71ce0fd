/**
 * Import layers, for dependency-cruiser. A folder of a layer may import its own layer's folder and the layers below, nothing
 * above and nothing beside it. Code in `src/gen` is generated and may be imported by all.
 */

/** From the top down. Folders of one layer do not know each other. */
const layers = [
  ["cli"],
  ["server"],
  ["infra", "status", "xds", "sources"],
  ["translate"],
  ["features"],
  ["api"],
  ["schema", "engine", "certificates", "kube"],
];

/**
 * Order inside of translation, from the top down. Folders of one line may know each other, files of them form no cycle. What is directly in
 * src/translate puts the graph together, or is small and known to all.
 */
const translation = [
  ["status"],
  ["envoy-listeners"],
  ["telemetry"],
  ["policies"],
  ["routes"],
  ["backends", "listeners", "tls"],
  ["gateways"],
];

/**
 * @param {string[]} folders
 * @param {string} [parent]
 */
const inFolders = (folders, parent = "src") => `^${parent}/(${folders.join("|")})/`;

/** Tests, and what only tests import. */
const tests = "\\.test\\.ts$|/testing/|/test-[^/]*\\.ts$";

const upwards = layers.flatMap((layer, depth) =>
  layer.map((folder) => ({
    name: `src/${folder} may import only what lies below it`,
    severity: "error",
    from: { path: inFolders([folder]), pathNot: tests },
    to: { path: inFolders([...layers.slice(0, depth).flat(), ...layer.filter((other) => other !== folder)]) },
  })),
);

const upwardsInTranslation = translation.slice(1).map((line, index) => ({
  name: `${line.join(", ")} of src/translate may import only what lies below`,
  severity: "error",
  from: { path: inFolders(line, "src/translate"), pathNot: tests },
  to: { path: inFolders(translation.slice(0, index + 1).flat(), "src/translate") },
}));

const unplacedInTranslation = {
  name: "folders of src/translate have a place in its order (tools/lint/layers.config.mjs)",
  severity: "error",
  from: {},
  to: {
    path: "^src/translate/[^/]+/",
    pathNot: [inFolders(translation.flat(), "src/translate"), "^src/translate/(testing|testdata)/"],
  },
};

export default {
  forbidden: [
    ...upwards,
    ...upwardsInTranslation,
    unplacedInTranslation,
    {
      name: "folders below src belong to a layer (tools/lint/layers.config.mjs)",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: [inFolders(layers.flat()), "^src/gen/", "^src/testing/"] },
    },
    {
      name: "a feature imports no other feature",
      severity: "error",
      from: { path: "^src/features/([^/]+)/([^/]+)/" },
      to: { path: "^src/features/([^/]+)/([^/]+)/", pathNot: "^src/features/$1/$2/" },
    },
    { name: "no cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "what is imported exists", severity: "error", from: {}, to: { couldNotResolve: true } },
    {
      name: "the program does not need what only development needs",
      severity: "error",
      from: { path: "^src/", pathNot: tests },
      to: { dependencyTypes: ["npm-dev"] },
    },
    {
      name: "code that runs imports no tests",
      severity: "error",
      from: { path: "^src/", pathNot: tests },
      to: { path: tests },
    },
  ],
  options: {
    // TypeScript 7 has no compiler interface for JavaScript; without this parser no .ts file is read at all.
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: ["node_modules", "^src/gen/"] },
    exclude: { path: "^src/gen/" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "types", "default"] },
  },
};
