import { expect, test } from "vitest";
import { mergeStringData, type Secret } from "./secret.ts";

const secret: Secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "users", namespace: "shop" },
  type: "Opaque",
};

test("stringData is encoded, wins over data of the same key, and is gone", () => {
  const stored = mergeStringData({
    ...secret,
    data: { a: "b2xk", b: "a2VwdA==" },
    stringData: { a: "new", c: "ümlaut" },
  });
  expect(stored).toEqual({ ...secret, data: { a: "bmV3", b: "a2VwdA==", c: "w7xtbGF1dA==" } });
});

test("a Secret without stringData stays the same object", () => {
  expect(mergeStringData(secret)).toBe(secret);
});
