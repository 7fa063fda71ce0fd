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
  intake.drop("HTTPRoute", "shop/r", "one");
  expect([...known.keys()]).toEqual([]);
  expect(intake.keys("HTTPRoute")).toEqual([]);
});

function never(): never {
  throw new Error("the registry has no HTTPRoute");
}
