/** The pages, in the order of the navigation; the paths are those of the original's console, and some of our own. */
export const pages = [
  { path: "/", title: "Overview" },
  { path: "/status", title: "Status" },
  { path: "/envoys", title: "Envoys" },
  { path: "/problems", title: "Problems" },
  { path: "/config_dump", title: "Objects" },
  { path: "/stats", title: "Metrics" },
  { path: "/server_info", title: "Server" },
  { path: "/pprof", title: "Profiling" },
] as const;

export type PagePath = (typeof pages)[number]["path"];

/** A path for programs, as pages list it. */
export interface ListedEndpoint {
  readonly path: string;
  readonly about: string;
}
