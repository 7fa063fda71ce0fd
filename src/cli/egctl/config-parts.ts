/** Parts of an Envoy's configuration, with the short names of their commands. */
export const configParts = [
  { name: "all", about: "everything" },
  { name: "bootstrap", short: "b", about: "what it was started with" },
  { name: "cluster", short: "c", about: "clusters" },
  { name: "endpoint", short: "e", about: "endpoints" },
  { name: "listener", short: "l", about: "listeners" },
  { name: "route", short: "r", about: "route tables" },
  { name: "secret", short: "s", about: "secrets, without private keys" },
] as const;

/** Name of a part. */
export type ConfigPart = (typeof configParts)[number]["name"];
