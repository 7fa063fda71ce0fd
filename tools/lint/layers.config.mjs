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

/** @param {string[]} folders */
const inFolders = (folders) => `^src/(${folders.join("|")})/`;

/** Types only: what translation produces is described where it is taken in. */
const contracts = "^src/xds/resources\\.ts$";

const upwards = layers.flatMap((layer, depth) =>
  layer.map((folder) => ({
    name: `src/${folder} may import only what lies below it`,
    severity: "error",
    from: { path: inFolders([folder]), pathNot: "\\.test\\.ts$|/testing/" },
    to: {
      pathNot: contracts,
      path: inFolders([...layers.slice(0, depth).flat(), ...layer.filter((other) => other !== folder)]),
    },
  })),
);

export default {
  forbidden: [
    ...upwards,
    {
      name: "folders below src belong to a layer (tools/lint/layers.config.mjs)",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: [inFolders(layers.flat()), "^src/gen/"] },
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
      from: { path: "^src/", pathNot: "\\.test\\.ts$|/testing/|/test-[^/]*\\.ts$" },
      to: { dependencyTypes: ["npm-dev"] },
    },
    {
      name: "code that runs imports no tests",
      severity: "error",
      from: { path: "^src/", pathNot: "\\.test\\.ts$|/testing/" },
      to: { path: "\\.test\\.ts$" },
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
