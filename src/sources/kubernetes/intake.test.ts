import { expect, test } from "vitest";
import { registry } from "../../features/kinds.ts";
import type { AnyObject } from "../../kube/client.ts";
import { admit } from "../../schema/admit.ts";
import { Intake } from "./intake.ts";
import type { FollowedKind } from "./kinds.ts";
import { References } from "./references.ts";

const definition = registry.kinds.find(({ kind }) => kind === "HTTPRoute") ?? never();
const httpRoutes: FollowedKind = {
  definition,
  resource: {
    group: definition.group,
    version: "v1",
    plural: definition.plural,
    kind: "HTTPRoute",
    isNamespaced: true,
  },
};

test("the status of an object that was refused is forgotten when the object is gone", () => {
  const known = new Map<string, string>();
  const intake = new Intake({
    admit,
    references: new References({ wanted: () => undefined, unwanted: () => undefined }),
    statuses: {
      observed: ({ key, uid }) => void known.set(key, uid),
      gone: (_kind, key, uid) => void (known.get(key) === uid && known.delete(key)),
    },
    onPending: () => undefined,
  });
  const refused: AnyObject = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: "r", namespace: "shop", uid: "one", resourceVersion: "1" },
    spec: { rules: "none" },
  };
  intake.take(httpRoutes, refused);
  expect(intake.collect()).toMatchObject({ changes: [], problems: [{ key: "shop/r" }] });
  expect([...known.keys()]).toEqual(["shop/r"]);
  // A relist that lacks it finds it among the keys.
  expect(intake.keys("HTTPRoute")).toEqual(["shop/r"]);
  intake.drop("HTTPRoute", "shop/r", { uid: "one" });
  expect([...known.keys()]).toEqual([]);
  expect(intake.keys("HTTPRoute")).toEqual([]);
});

test("an object on which we fail is told of, and those after it are taken in all the same", () => {
  const intake = new Intake({
    admit: (kind, raw) => {
      if (JSON.stringify(raw).includes("odd")) throw new Error("a mistake");
      return admit(kind, raw);
    },
    references: new References({ wanted: () => undefined, unwanted: () => undefined }),
    onPending: () => undefined,
  });
  const routeOf = (name: string, version: string, hostname: string): AnyObject => ({
    metadata: { name, namespace: "shop", uid: name, resourceVersion: version },
    spec: { hostnames: [hostname] },
  });
  intake.take(httpRoutes, routeOf("a", "1", "odd.example"));
  intake.take(httpRoutes, routeOf("b", "2", "b.example"));
  const first = intake.collect();
  expect(first.changes.map(({ key }) => key)).toEqual(["shop/b"]);
  expect(first.problems).toMatchObject([
    { code: "InternalError", kind: "HTTPRoute", key: "shop/a", message: expect.stringContaining("a mistake") },
  ]);
  // A later version that is no trouble puts it right.
  intake.take(httpRoutes, routeOf("a", "3", "a.example"));
  expect(intake.collect()).toMatchObject({ changes: [{ key: "shop/a" }], problems: [] });
});

function never(): never {
  throw new Error("the registry has no HTTPRoute");
}
