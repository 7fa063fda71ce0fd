/** Follows the conformance test HTTPRouteMultipleRoutesAttachmentSameHostnameIntersection. */
import { beforeAll, expect, test } from "vitest";
import { httpRoute, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway({
  listeners: ([exact, wildcard]) => `
- { name: exact, protocol: HTTP, port: ${exact}, hostname: abc.example.test }
- { name: wildcard, protocol: HTTP, port: ${wildcard}, hostname: "*.example.test" }`,
});
const wide = useBackend("wide");
const narrow = useBackend("narrow");
beforeAll(() => gateway().apply(wide(), narrow()));

const route = (name: string, hostname: string, section: string, created: string) =>
  httpRoute(name, hostname, `- backendRefs: [{ name: ${name.split("-")[0]}, port: 80 }]`)
    .replace("namespace: default }\nspec", `namespace: default, creationTimestamp: "${created}" }\nspec`)
    .replace("name: eg,", `name: eg, sectionName: ${section},`);

test.each([
  ["exact", "*.example.test", "abc.example.test"],
  ["wildcard", "*.test", "*.example.test"],
])(
  "on the listener with the %s host the route with the more specific hostname is served, though it is younger",
  async (section, less, more) => {
    const port = gateway().ports[section === "exact" ? 0 : 1] ?? 0;
    const ask = async () => (await gateway().request("/", { host: "abc.example.test", port })).echo.pod;
    await gateway().apply(route(`wide-${section}`, less, section, "2026-01-01T00:00:00Z"));
    expect(await ask()).toBe("wide");
    await gateway().apply(route(`narrow-${section}`, more, section, "2026-02-01T00:00:00Z"));
    expect(await ask()).toBe("narrow");
    for (const name of ["wide", "narrow"]) {
      expect(gateway().conditions(`HTTPRoute default/${name}-${section}`)).toContain("Accepted=True Accepted");
    }
  },
);
