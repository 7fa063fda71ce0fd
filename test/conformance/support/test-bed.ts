import { afterEach, beforeAll } from "vitest";
import {
  type Backend,
  type GatewayOptions,
  type TestGateway,
  useBackend,
  useGateway,
} from "../../e2e/harness/index.ts";
import { readObjects } from "../../e2e/harness/manifests.ts";

/** A gateway for the tests of a file, and what is applied for one test only. */
export interface TestBed {
  readonly gateway: () => TestGateway;
  /** A backend by its name. */
  readonly backend: (name: string) => Backend;
  /** Applies objects that are gone after the test. */
  readonly apply: (...manifests: readonly (string | Backend)[]) => Promise<void>;
}

/** Starts a gateway for the tests of a file with the backends `v1`, `v2`, `v3`, and `web`, `app-v1`, `app-v2` of namespaces `web` and `app`. */
export function useTestBed(options: GatewayOptions = {}): TestBed {
  const gateway = useGateway(options);
  const backends = ["v1", "v2", "v3"].map((name) => useBackend(name));
  const foreign = ["web/web", "app/app-v1", "app/app-v2"].map((key) => {
    const [namespace = "", name = ""] = key.split("/");
    return useBackend(name, { namespace });
  });
  const applied = new Set<string>();
  beforeAll(() => gateway().apply(...[...backends, ...foreign].map((backend) => backend())));
  afterEach(async () => {
    const names = [...applied];
    applied.clear();
    if (names.length > 0) await gateway().delete(...names);
  });
  return {
    gateway,
    backend(name) {
      const found = [...backends, ...foreign].map((each) => each()).find((each) => each.name === name);
      if (!found) throw new Error(`there is no backend ${name}`);
      return found;
    },
    async apply(...manifests) {
      const objects = await readObjects(
        manifests.map((part) => (typeof part === "string" ? part : part.manifest)).join("\n---\n"),
      );
      for (const { kind, metadata } of objects) {
        applied.add(`${kind} ${metadata.namespace ? `${metadata.namespace}/` : ""}${metadata.name}`);
      }
      await gateway().applyObjects(objects);
    },
  };
}
