import { createServer, type Server } from "node:http";
import { type Answer, type Handler, jsonAnswer, serveReadOnly, textAnswer } from "../http/answer.ts";
import { configDump } from "./config-dump.ts";
import type { AdminContext } from "./context.ts";
import { describeEnvoys } from "./envoys.ts";
import { describeProblems } from "./problems.ts";
import { describeInfo, describeServer } from "./server-info.ts";
import { describeStatuses } from "./statuses.ts";

/** One path of the admin server, with what it shows. */
interface Endpoint {
  readonly path: string;
  readonly about: string;
  readonly answer: Handler;
}

/** The admin server: shows what the control plane knows and does; changes nothing. */
export function createAdminServer(context: AdminContext): Server {
  const endpoints = endpointsOf(context);
  const home: Handler = () => homePage(endpoints);
  const paths = new Map<string, Handler>([
    ["/", home],
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
      about: "problems of manifests, configuration file and Envoys",
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
    { path: "/api/metrics", about: "the metrics of :19001/metrics", answer: () => metrics(context) },
    {
      path: "/debug/pprof/profile",
      about: "a CPU profile over ?seconds=30 (admin.enablePprof)",
      answer: (url) => profile(context, url),
    },
    { path: "/debug/pprof/heap", about: "a heap snapshot (admin.enablePprof)", answer: (url) => profile(context, url) },
  ];
}

function homePage(endpoints: readonly Endpoint[]): Answer {
  const rows = endpoints.map(({ path, about }) => `<li><a href="${path}">${path}</a>: ${about}</li>`).join("\n");
  const body = `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Envoy Gateway</title>\n<h1>Envoy Gateway</h1>\n<ul>\n${rows}\n</ul>\n</html>\n`;
  return { status: 200, contentType: "text/html; charset=utf-8", body };
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
