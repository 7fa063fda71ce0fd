import { createServer, type Server } from "node:http";
import { type Answer, type Handler, jsonAnswer, serveReadOnly, textAnswer } from "../http/answer.ts";
import { configDump } from "./config-dump.ts";
import type { AdminContext } from "./context.ts";
import { describeEnvoys } from "./envoys.ts";
import { type ListedEndpoint, type PagePath, pages } from "./pages/page-list.ts";
import { describeProblems } from "./problems.ts";
import { describeInfo, describeServer } from "./server-info.ts";
import { describeStatuses } from "./statuses.ts";

/** One path for programs, with what it shows. */
interface Endpoint extends ListedEndpoint {
  readonly answer: Handler;
}

/** The admin server: shows what the control plane knows and does; changes nothing. */
export function createAdminServer(context: AdminContext): Server {
  const endpoints = endpointsOf(context);
  const paths = new Map<string, Handler>([
    ...pages.map(({ path }) => [path, pageHandler(path, context, endpoints)] as const),
    ...endpoints.map(({ path, answer }) => [path, answer] as const),
  ]);
  return createServer(
    serveReadOnly(paths, (error, path) => context.logs.for("admin").error({ error }, `the request for ${path} failed`)),
  );
}

function endpointsOf(context: AdminContext): readonly Endpoint[] {
  return [
    { path: "/api/info", about: "version, uptime, platform", answer: () => jsonAnswer(describeInfo(context)) },
    {
      path: "/api/server_info",
      about: "state of the parts, configuration in effect",
      answer: () => jsonAnswer(describeServer(context)),
    },
    {
      path: "/api/config_dump",
      about: "objects: names by kind; with ?resource=all or a kind, whole",
      answer: (url) => configDump(context, url),
    },
    {
      path: "/api/status",
      about: "statuses of all objects, or with ?kind= of one kind",
      answer: (url) => describeStatuses(context, url),
    },
    {
      path: "/api/problems",
      about: "problems of objects, configuration file and Envoys",
      answer: () => jsonAnswer(describeProblems(context)),
    },
    {
      path: "/api/envoys",
      about: "fleets, their Envoys, and what each has acknowledged",
      answer: () => jsonAnswer(describeEnvoys(context)),
    },
    {
      path: "/api/xds",
      about: "resources as sent to the Envoys of a fleet, with ?fleet= of one",
      answer: (url) => xds(context, url),
    },
    {
      path: "/api/graph",
      about: "collections of the translation",
      answer: () => jsonAnswer(context.plane()?.controller.translation.graph.dump() ?? []),
    },
    { path: "/api/metrics", about: "the metrics of the metrics port", answer: () => metrics(context) },
    {
      path: "/debug/pprof/profile",
      about: "a CPU profile over ?seconds=30 (admin.enablePprof)",
      answer: (url) => profile(context, url),
    },
    { path: "/debug/pprof/heap", about: "a heap snapshot (admin.enablePprof)", answer: (url) => profile(context, url) },
  ];
}

/** Pages for people, loaded when somebody looks at the first one. */
function pageHandler(path: PagePath, context: AdminContext, endpoints: readonly Endpoint[]): Handler {
  return async (url) => {
    const { pageHandlers } = await import("./pages/pages.ts");
    return pageHandlers[path](context, url, endpoints);
  };
}

/** Decoding needs all of Envoy's message types, which are loaded with the first request. */
async function xds(context: AdminContext, url: URL): Promise<Answer> {
  const plane = context.plane();
  if (!plane) return jsonAnswer({});
  const { fleetDumps } = await import("./fleet-dumps.ts");
  return fleetDumps(plane, url.searchParams.get("fleet") ?? undefined);
}

async function metrics(context: AdminContext): Promise<Answer> {
  const { prometheusText } = await import("../metrics/prometheus.ts");
  return textAnswer(200, await prometheusText(context.metrics));
}

async function profile(context: AdminContext, url: URL): Promise<Answer> {
  if (!context.config().admin.enablePprof)
    return textAnswer(403, "Profiling is off; turn it on with admin.enablePprof in the configuration.\n");
  const { cpuProfile, heapSnapshot } = await import("./profiles.ts");
  return url.pathname.endsWith("heap") ? heapSnapshot() : cpuProfile(Number(url.searchParams.get("seconds") ?? 30));
}
