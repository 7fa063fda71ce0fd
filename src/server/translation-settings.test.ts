import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { surroundingsOf } from "./translation-settings.ts";

test("the system's authorities are those that SSL_CERT_FILE names", () => {
  expect(surroundingsOf({ SSL_CERT_FILE: "/some/authorities.pem" }).systemCaFile).toBe("/some/authorities.pem");
});

test("without SSL_CERT_FILE they are in a file that is there", () => {
  for (const env of [{}, { SSL_CERT_FILE: "" }]) expect(existsSync(surroundingsOf(env).systemCaFile)).toBe(true);
});
