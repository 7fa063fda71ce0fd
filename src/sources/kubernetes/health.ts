import type { KubeError } from "../../kube/error.ts";
import type { SourceProblem } from "../source.ts";

/** A use of the API server, as a role would have to permit it. */
export interface ApiUse {
  readonly verbs: readonly string[];
  /** `httproutes.gateway.networking.k8s.io`. */
  readonly resource: string;
  /** Absent: all namespaces, or a resource that has none. */
  readonly namespace?: string | undefined;
}

const stays = "What is served stays as it is; this is tried again by itself.";

/** What keeps objects from being followed, as problems that an operator can do something about. */
export class Health {
  readonly #problems = new Map<string, SourceProblem>();
  readonly #unreachable = new Set<string>();
  readonly #server: string;
  readonly #onChange: () => void;

  constructor(server: string, onChange: () => void) {
    this.#server = server;
    this.#onChange = onChange;
  }

  /** All that is wrong now, in the same order for the same problems. */
  problems(): readonly SourceProblem[] {
    return [...this.#problems].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, problem]) => problem);
  }

  /** Notes how a use of the API server went: `undefined` is well. */
  note(use: ApiUse, error: KubeError | undefined): void {
    const id = `${use.resource} ${use.namespace ?? ""} ${use.verbs.join()}`;
    if (error?.status === 0) this.#unreachable.add(id);
    else this.#unreachable.delete(id);
    this.#noteUnreachable(error);
    if (error === undefined) this.#set(`use ${id}`, undefined);
    else if (error.status !== 0) this.#set(`use ${id}`, problemOf(use, error));
  }

  /** Notes that the API server has no such kind; `undefined`: it has. */
  noteMissing(kind: string, resource: string, isMissing: boolean): void {
    const message = `the API server has no ${resource}; such objects are followed as soon as their definition is installed`;
    this.#set(
      `missing ${kind}`,
      isMissing ? { severity: "info", code: "MissingKind", message: `${kind}: ${message}` } : undefined,
    );
  }

  /** Notes that news could not be taken in, of the object with this `key` or of none alone; `undefined`: that is over. */
  noteMistake(kind: string, mistake: Error | undefined, key: string | undefined): void {
    const message = `What the API server tells could not be taken in, which is a mistake in Envoy Gateway: ${mistake}`;
    const subject = key === undefined ? {} : { kind, key };
    this.#set(
      `mistake ${kind} ${key ?? ""}`,
      mistake && {
        severity: "error",
        code: "InternalError",
        message: key === undefined ? `${kind}: ${message}` : message,
        effect: "The object's former version, if there is one, stays in effect.",
        ...subject,
      },
    );
  }

  /** One problem, however many requests fail: all for the same reason. */
  #noteUnreachable(error: KubeError | undefined): void {
    const id = "unreachable";
    if (this.#unreachable.size === 0) this.#set(id, undefined);
    else if (error?.status === 0 && !this.#problems.has(id)) {
      const message = `The API server ${this.#server} cannot be reached: ${reasonOf(error)}.`;
      this.#set(id, { severity: "error", code: "ApiServerUnreachable", message, effect: stays });
    }
  }

  #set(id: string, problem: SourceProblem | undefined): void {
    if (this.#problems.get(id)?.message === problem?.message) return;
    if (problem) this.#problems.set(id, problem);
    else this.#problems.delete(id);
    this.#onChange();
  }
}

function problemOf({ verbs, resource, namespace }: ApiUse, error: KubeError): SourceProblem {
  const where = namespace === undefined ? "in the whole cluster" : `in namespace ${namespace}`;
  const what = `${verbs.join(", ")} on ${resource} ${where}`;
  if (error.status === 403) {
    const role = namespace === undefined ? "ClusterRole" : `Role in namespace ${namespace}`;
    const message = `The control plane may not ${what}: add these verbs to its ${role}. (${error.message})`;
    return { severity: "error", code: "Forbidden", message, effect: stays };
  }
  if (error.status === 401) {
    const message = `The API server does not know who the control plane is (${what}): its token or client certificate is not valid. (${error.message})`;
    return { severity: "error", code: "Unauthorized", message, effect: stays };
  }
  return { severity: "error", code: "ApiServerRefuses", message: `${what}: ${error.message}`, effect: stays };
}

/** The error of the connection itself, without the request it happened to. */
function reasonOf(error: KubeError): string {
  return error.cause instanceof Error ? error.cause.message || error.cause.name : error.message;
}
