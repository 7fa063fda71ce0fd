/** Six kinds of change, none of which may cost a request. */
import type { KubeObject } from "../../src/api/object.ts";
import { backend, httpRoute } from "../manifests.ts";

/** A route that is changed again and again while requests are sent to it. */
export interface ChangeUnderLoad {
  readonly name: string;
  readonly hostname: string;
  readonly path: string;
  /** Its file after change number `step`, from 0 on (before the first); nothing when there is to be none. */
  readonly file: (step: number) => readonly KubeObject[] | undefined;
  /** Who may answer. */
  readonly bodies: readonly string[];
  /** Whether 404 is right in between. */
  readonly isAway?: boolean;
}

/** The kinds, for backends on these ports, of which the one with index i answers `b<i>`; four are needed. */
export function changesUnderLoad(ports: readonly number[]): ChangeUnderLoad[] {
  const [p0 = 0, p1 = 0, p2 = 0] = ports;
  const isOdd = (step: number): boolean => step % 2 === 1;
  const rotation = [[p0], [p0, p1], [p1], [p1, p2], [p2], [p2, p0]];
  const own = (kind: string) => ({ a: `${kind}-a`, b: `${kind}-b`, hostname: `${kind}.bench.test` });
  const pair = (kind: string): KubeObject[] => [backend(own(kind).a, [p0]), backend(own(kind).b, [p1])];
  const stay = (kind: string) => ({ prefix: "/stay", backend: own(kind).a });
  const other = (kind: string) => ({ prefix: "/other", backend: own(kind).b });
  const kind = (name: string, change: Omit<ChangeUnderLoad, "name" | "hostname">): ChangeUnderLoad => ({
    name,
    hostname: own(name).hostname,
    ...change,
  });
  return [
    kind("append-rule", {
      path: "/stay",
      bodies: ["b0"],
      file: (step) => [...pair("append-rule"), route("append-rule", [stay, ...(isOdd(step) ? [other] : [])])],
    }),
    kind("head-rule", {
      path: "/stay",
      bodies: ["b0"],
      file: (step) => [...pair("head-rule"), route("head-rule", [...(isOdd(step) ? [other] : []), stay])],
    }),
    kind("switch", {
      path: "/",
      bodies: ["b0", "b1"],
      file: (step) => {
        const { a, b, hostname } = own("switch");
        return [...pair("switch"), httpRoute("switch", hostname, [{ prefix: "/", backend: isOdd(step) ? b : a }])];
      },
    }),
    kind("endpoints", {
      path: "/",
      bodies: ["b0", "b1", "b2"],
      file: (step) => {
        const { a, hostname } = own("endpoints");
        return [
          backend(a, rotation[step % rotation.length] ?? []),
          httpRoute("endpoints", hostname, [{ prefix: "/", backend: a }]),
        ];
      },
    }),
    kind("rename", {
      path: "/",
      bodies: ["b0", "b1"],
      file: (step) => {
        const name = `rename-${step}`;
        const to = backend(name, [isOdd(step) ? p1 : p0]);
        return [to, httpRoute(name, own("rename").hostname, [{ prefix: "/", backend: name }])];
      },
    }),
    kind("recreate", {
      path: "/stay",
      bodies: ["b0"],
      isAway: true,
      file: (step) => (isOdd(step) ? undefined : [...pair("recreate"), route("recreate", [stay])]),
    }),
  ];

  function route(name: string, rules: readonly ((kind: string) => { prefix: string; backend: string })[]): KubeObject {
    return httpRoute(
      name,
      own(name).hostname,
      rules.map((rule) => rule(name)),
    );
  }
}
