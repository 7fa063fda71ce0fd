import type { FleetStatus } from "../../../infra/fleet.ts";
import type { ControlPlane } from "../../../server/control-plane.ts";
import { sourceProblemLine } from "../../../server/source-problem.ts";
import { listenerUrl, routeUrls } from "./urls.ts";
import { complaints, isServed } from "./verdict.ts";

/** Routes named one by one; of more only the number is told. */
const mostRoutes = 20;

/** What is served once everything runs: listeners, routes with their addresses, and what is wrong. */
export function summary(plane: ControlPlane): string[] {
  const { translation } = plane.controller;
  const lines: string[] = [];
  const fleets = new Map((plane.infrastructure?.statuses() ?? []).map((status) => [status.key, status]));
  for (const [, fleet] of translation.fleets.entries()) {
    for (const key of fleet.gateways) {
      const status = translation.statuses.get(`Gateway/${key}`);
      const listeners = (translation.objects.of("Gateway").get(key)?.spec.listeners ?? []).filter(({ name }) =>
        isServed(status, name),
      );
      const urls = listeners.map((listener) => `${listenerUrl(listener)} (${listener.name})`);
      const { state, problem } = fleetState(fleets.get(fleet.key));
      lines.push(
        `Gateway ${key}: ${state} on ${urls.join(", ") || "no listener"}${problem === undefined ? "" : `: ${problem}`}`,
      );
    }
  }
  if (lines.length === 0)
    lines.push("No Gateway of a GatewayClass of this controller is there yet; manifests are being watched.");
  lines.push(...routes(plane));
  for (const [, status] of translation.statuses.entries()) {
    const wrong = complaints(status);
    if (wrong.length === 0) continue;
    const origin = plane.platform.origin(status.kind, status.key);
    lines.push(
      `  ${status.kind} ${status.key}: ${wrong.join("; ")}${origin ? ` [${origin.file}:${origin.line}]` : ""}`,
    );
  }
  for (const problem of plane.report.problems) {
    if (problem.severity !== "info")
      lines.push(`${problem.severity === "error" ? "rejected" : "warning"}: ${sourceProblemLine(problem)}`);
  }
  return lines;
}

/** How a fleet does, in a few words, and what keeps it from serving. */
function fleetState(status: FleetStatus | undefined): { readonly state: string; readonly problem?: string } {
  if (!status) return { state: "not run" };
  if (status.state === "serving")
    return { state: `served by Envoy (process ${status.pid}, admin http://${status.adminAddress})` };
  const [problem] = status.problems;
  return problem ? { state: "not served", problem: problem.message } : { state: status.state };
}

function routes(plane: ControlPlane): string[] {
  const { translation } = plane.controller;
  const { size } = translation.objects.of("HTTPRoute");
  if (size > mostRoutes) return [`  ${size} HTTPRoutes; list them with: egctl x status httproute -A`];
  return [...translation.objects.of("HTTPRoute").entries()].flatMap(([key, route]) => {
    const urls = routeUrls(route, translation.statuses.get(`HTTPRoute/${key}`), translation);
    return urls.length > 0 ? [`  HTTPRoute ${key}: ${urls.join(", ")}`] : [];
  });
}
