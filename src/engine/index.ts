/** Incremental keyed collections. README.md has the laws that functions have to keep, and how to choose an operator. */
export { compact } from "./compact.ts";
export { Graph } from "./graph.ts";
export type {
  Change,
  Collection,
  CommitReport,
  Context,
  CountOptions,
  DeriveOptions,
  Equal,
  ExpandOptions,
  Failure,
  GroupOptions,
  Index,
  IndexOptions,
  Keys,
  Member,
  NodeDump,
  NodeKind,
  Source,
  SourceEntry,
  SourceOptions,
  UnionOptions,
} from "./types.ts";
