/** What a graph is doing: user functions run only while `computing`, watchers only while `delivering`. */
export type Phase = "idle" | "computing" | "delivering";

/** The identity and state that all nodes of one graph share. */
export class Scope {
  phase: Phase = "idle";
}
