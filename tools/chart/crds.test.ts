import { expect, test } from "vitest";
import { parseDocument } from "yaml";
import { serveOlder } from "./crds.ts";

const crd = (kind: string) =>
  parseDocument(`
kind: CustomResourceDefinition
spec:
  names: { kind: ${kind} }
  versions:
    - { name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }
`);

test("GRPCRoutes are still taken as v1alpha2, and kept as v1", () => {
  const document = crd("GRPCRoute");
  const schema = { openAPIV3Schema: { type: "object" } };
  // Once is enough.
  serveOlder(document);
  serveOlder(document);
  expect(document.toJS().spec.versions).toEqual([
    { name: "v1", served: true, storage: true, schema },
    { name: "v1alpha2", served: true, storage: false, deprecated: true, schema },
  ]);
});

test("other kinds stay as they are", () => {
  const document = crd("HTTPRoute");
  const before = document.toJS();
  serveOlder(document);
  expect(document.toJS()).toEqual(before);
});
