/** What a run in the cluster measures: all comes from the environment, so `make bench-kube ROUTES=10 REPS=3` works. */
import { list, number, numbers } from "../settings.ts";

export const kubePhases = ["attach", "changes", "steady"] as const;
export type KubePhase = (typeof kubePhases)[number];

export interface KubeSettings {
  /** Number of the local cluster. CLUSTER, default 7. One that is there is used and stays. */
  readonly cluster: number;
  /** Numbers of HTTPRoutes, ascending. ROUTES, default `10,100,1000`. */
  readonly routes: readonly number[];
  /** PHASES, default all. Routes are attached in any case. */
  readonly phases: ReadonlySet<KubePhase>;
  /** How often a route comes, changes and goes with each number of routes. REPS, default 12. */
  readonly repetitions: number;
  /** Length of the time in which nothing changes, s. STEADY_SECONDS, default 60. */
  readonly steadySeconds: number;
  /** File for the result, relative to the project's folder. OUT, default `bench/results/kube.json`. */
  readonly out: string;
  /** Image of our control plane that the node has already, with its tag. GATEWAY_IMAGE, default a new one. */
  readonly image?: string;
  /** Executable of another control plane that is measured, too. ORIGINAL, default none. */
  readonly original?: string;
}

/** Reads the settings; throws an error for people when one cannot be understood. */
export function readKubeSettings(env: Readonly<Record<string, string | undefined>>): KubeSettings {
  const text = (name: string): string | undefined => env[name]?.trim() || undefined;
  const original = text("ORIGINAL");
  const image = text("GATEWAY_IMAGE");
  const cluster = text("CLUSTER") ?? "7";
  if (!/^\d$/.test(cluster)) throw new Error(`CLUSTER has ${cluster}; a digit is possible`);
  return {
    cluster: Number(cluster),
    routes: numbers("ROUTES", text("ROUTES") ?? "10,100,1000"),
    phases: new Set(list(text("PHASES") ?? kubePhases.join(",")).map(readPhase)),
    repetitions: number("REPS", text("REPS") ?? "12"),
    steadySeconds: number("STEADY_SECONDS", text("STEADY_SECONDS") ?? "60"),
    out: text("OUT") ?? "bench/results/kube.json",
    ...(image !== undefined && { image }),
    ...(original !== undefined && { original }),
  };
}

function readPhase(name: string): KubePhase {
  const found = kubePhases.find((phase) => phase === name);
  if (found === undefined) throw new Error(`PHASES has ${name}; there are ${kubePhases.join(", ")}`);
  return found;
}
