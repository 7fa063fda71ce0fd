import { expect, test } from "vitest";
import { redactEnvoyConfig, redactObject } from "./redact.ts";

test("values of a Secret are masked and its keys stay; other objects are shown as they are", () => {
  expect(redactObject({ kind: "Secret", data: { a: "eA==" }, type: "Opaque" } as never)).toEqual({
    kind: "Secret",
    type: "Opaque",
    data: { a: "[redacted]" },
  });
  const map = { kind: "ConfigMap", data: { a: "b" } };
  expect(redactObject(map)).toBe(map);
});

test.each(["privateKey", "private_key"])(
  "what %s holds is masked at any depth; where a file lies is shown",
  (field) => {
    const secret = {
      name: "s",
      tlsCertificate: { certificateChain: { inlineBytes: "cGVt" }, [field]: { inlineBytes: "a2V5" } },
    };
    expect(redactEnvoyConfig({ configs: [{ secret }] })).toEqual({
      configs: [
        {
          secret: {
            name: "s",
            tlsCertificate: { certificateChain: { inlineBytes: "cGVt" }, [field]: { inlineBytes: "[redacted]" } },
          },
        },
      ],
    });
    expect(redactEnvoyConfig({ [field]: { filename: "/certs/tls.key" } })).toEqual({
      [field]: { filename: "/certs/tls.key" },
    });
  },
);
