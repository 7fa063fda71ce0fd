import type { Change, Collection, Graph } from "../engine/index.ts";
import { isFalse, type ObjectStatus, observed, type StatusBody } from "./conditions.ts";
import { sameData } from "./equal.ts";
import type { RouteModel } from "./routes/model.ts";
import type { OverlapsOfRoute } from "./routes/overlaps.ts";
import { withOverlaps } from "./routes/route-status.ts";

/** Words of an Envoy that refused something made from an object. */
export interface EnvoyRejection {
  readonly message: string;
}

/** Collections that statuses are taken from. */
export interface StatusSources {
  readonly routes: Collection<RouteModel>;
  /** What routes have in common with others, by the same keys. */
  readonly overlaps: Collection<OverlapsOfRoute>;
  /** Statuses of other kinds, by the object's key. */
  readonly others: readonly Collection<ObjectStatus>[];
}

/**
 * Statuses of all kinds. They stay in the collections where they were computed: with thousands of routes another copy of each
 * entry would cost more than all that is looked up here.
 */
export class Statuses {
  private readonly sources: StatusSources;
  private readonly rejections = new Map<string, EnvoyRejection>();
  /** One for each object, however many reasons its status had to change. */
  private readonly changes = new Map<string, Change<ObjectStatus>>();

  constructor(graph: Graph, sources: StatusSources) {
    this.sources = sources;
    graph.watch(sources.routes, (changes) => {
      for (const { value, previous } of changes) this.changed(this.ofRoute(value), this.ofRoute(previous));
    });
    graph.watch(sources.overlaps, (changes) => {
      for (const { key, value, previous } of changes) {
        const route = sources.routes.get(key);
        // Told whatever it was before: where the route changed as well, what stood in its former status is not known here.
        if (route) this.tell(this.withRejection(withOverlaps(route, value)), withOverlaps(route, previous));
      }
    });
    for (const collection of sources.others) {
      graph.watch(collection, (changes) => {
        for (const { value, previous } of changes) this.changed(value, previous);
      });
    }
  }

  /** Every status, keyed `<kind>/<object key>`, ordered within a kind. */
  *entries(): Iterable<readonly [string, ObjectStatus]> {
    for (const [key, route] of this.sources.routes.entries()) yield [key, this.withRejection(this.ofRoute(route))];
    for (const collection of this.sources.others) {
      for (const [key, status] of collection.entries()) yield [`${status.kind}/${key}`, this.withRejection(status)];
    }
  }

  /** The status of an object by `<kind>/<object key>`. */
  get(key: string): ObjectStatus | undefined {
    const slash = key.indexOf("/");
    const status = this.find(key.slice(0, slash), key.slice(slash + 1));
    return status && this.withRejection(status);
  }

  /** What changed since the last call, keyed `<kind>/<object key>`. */
  take(): readonly Change<ObjectStatus>[] {
    const taken = [...this.changes.values()];
    this.changes.clear();
    return taken;
  }

  /** Tells that an Envoy refused what was made from an object (`Kind namespace/name`), or no longer does (`undefined`). */
  setRejection(object: string, rejection: EnvoyRejection | undefined): void {
    const space = object.indexOf(" ");
    const status = this.find(object.slice(0, space), object.slice(space + 1));
    const previous = status && this.withRejection(status);
    if (rejection) this.rejections.set(object, rejection);
    else this.rejections.delete(object);
    if (status) this.push(this.withRejection(status), previous);
  }

  private find(kind: string, key: string): ObjectStatus | undefined {
    const route = this.ofRoute(this.sources.routes.get(`${kind}/${key}`));
    return route ?? this.sources.others.map((each) => each.get(key)).find((status) => status?.kind === kind);
  }

  private ofRoute(route: RouteModel): ObjectStatus;
  private ofRoute(route: RouteModel | undefined): ObjectStatus | undefined;
  private ofRoute(route: RouteModel | undefined): ObjectStatus | undefined {
    return route && withOverlaps(route, this.sources.overlaps.get(`${route.status.kind}/${route.status.key}`));
  }

  private changed(value: ObjectStatus | undefined, previous: ObjectStatus | undefined): void {
    this.push(value && this.withRejection(value), previous && this.withRejection(previous));
  }

  private push(value: ObjectStatus | undefined, previous: ObjectStatus | undefined): void {
    if (!sameData(value, previous)) this.tell(value, previous);
  }

  private tell(value: ObjectStatus | undefined, previous: ObjectStatus | undefined): void {
    const status = value ?? previous;
    if (!status) return;
    const key = `${status.kind}/${status.key}`;
    const earlier = this.changes.get(key);
    this.changes.set(key, { key, value, previous: earlier ? earlier.previous : previous });
  }

  /** Envoy's refusal shows as `Programmed=False` beside the conditions that follow from the objects. */
  private withRejection(status: ObjectStatus): ObjectStatus {
    if (this.rejections.size === 0) return status;
    const rejection = this.rejections.get(`${status.kind} ${status.key}`);
    return rejection ? { ...status, body: addRejection(status, rejection) } : status;
  }
}

function addRejection({ body, generation }: ObjectStatus, { message }: EnvoyRejection): StatusBody {
  const text = `Envoy refused the configuration and keeps its former one: ${message}`;
  const added = observed([isFalse("Programmed", "Invalid", text)], generation);
  const extend = <T extends { readonly conditions: StatusBody["conditions"] }>(entry: T): T => ({
    ...entry,
    conditions: [...(entry.conditions ?? []).filter(({ type }) => type !== "Programmed"), ...added],
  });
  if (body.parents) return { ...body, parents: body.parents.map(extend) };
  if (body.ancestors) return { ...body, ancestors: body.ancestors.map(extend) };
  return { ...body, conditions: [...(body.conditions ?? []).filter(({ type }) => type !== "Programmed"), ...added] };
}
