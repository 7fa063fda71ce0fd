import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GatewayServer } from "../../gateway-server.ts";
import { fetchFrom, gatewayManifest, routeManifest, testServer, until, Workplace } from "../../testing/workplace.ts";
import { pages } from "./page-list.ts";

const hostile = '"><script>alert(1)</script>';

let work: Workplace;
let server: GatewayServer;

beforeEach(async () => {
  work = new Workplace();
  work.configure({ extensionApis: { enableBackend: true } });
  work.write("manifests/gateway.yaml", gatewayManifest(8_080));
  work.write(
    "manifests/routes.yaml",
    Array.from({ length: 120 }, (_, i) => routeManifest(`r${i}`, `r${i}.example.com`, 9)).join("---\n"),
  );
  work.write(
    "manifests/lost.yaml",
    routeManifest("lost", "lost.example.com", 9).replace("kind: Backend, name: lost", "kind: Backend, name: none"),
  );
  work.write(
    "manifests/bad.yaml",
    `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: { name: '${hostile}' }\nspec: { hostname: x }\n`,
  );
  work.write(
    "manifests/secret.yaml",
    "apiVersion: v1\nkind: Secret\nmetadata: { name: s, namespace: default }\nstringData: { key: do-not-tell }\n",
  );
  ({ server } = testServer(work, { envoy: "/nowhere/envoy" }));
  await server.start();
  await until(
    () => server.plane?.statuses?.list("HTTPRoute").length,
    (count) => count === 121,
  );
});

afterEach(async () => {
  await server.stop({ keepEnvoys: false });
  work.remove();
});

/** The page at a path. Fails if it is no whole HTML document that loads nothing. */
async function page(path: string, status = 200): Promise<string> {
  const answer = await fetchFrom(server.ports.admin, path);
  expect([answer.status, answer.headers["content-type"]]).toEqual([status, "text/html; charset=utf-8"]);
  expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
  expect(unclosed(answer.body)).toEqual([]);
  expect(answer.body).not.toMatch(/<script|<img|<link|\bsrc=| on\w+="/);
  const ids = [...answer.body.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  return answer.body;
}

const withoutEnd = new Set(["meta", "br", "input"]);

/** Names of elements that are not closed, or closed in the wrong place. */
function unclosed(body: string): string[] {
  const open: string[] = [];
  for (const [, slash, name = ""] of body.replace(/<style>.*?<\/style>/s, "").matchAll(/<(\/?)([a-z]\w*)[^>]*>/g)) {
    if (slash === "") {
      if (!withoutEnd.has(name)) open.push(name);
    } else if (open.pop() !== name) return [...open, `/${name}`];
  }
  return open;
}

const text = (body: string): string => body.replace(/<[^>]*>/g, "").replaceAll("\u00a0", " ");

test.each(pages)("$path is a page with its place in the navigation marked", async ({ path, title }) => {
  const body = await page(path);
  expect(body).toContain(`<title>${title} – Envoy Gateway</title>`);
  expect(body).toContain(`<a href="${path}" aria-current="page">${title}</a>`);
  for (const other of pages) expect(body).toContain(`<a href="${other.path}"`);
});

test("the overview counts what is well and says what is not", async () => {
  const body = text(await page("/"));
  expect(body).toMatch(/121Routes✗ 1 with a problem/);
  expect(body).toMatch(/http HTTP 8080, 121 routes/);
  expect(body).toMatch(/HTTPRoute default\/lost/);
  expect(body).toContain("does not exist");
  expect(body).toContain("/nowhere/envoy");
});

describe("statuses", () => {
  test("are listed in parts", async () => {
    const first = await page("/status?kind=HTTPRoute");
    expect(text(first)).toContain("121 objects");
    expect(text(first)).toContain("page 1 of 2");
    expect(first).toContain('<a href="/status?kind=HTTPRoute&amp;page=2">Next</a>');
    expect(text(await page("/status?kind=HTTPRoute&page=2"))).toContain("Previous");
    expect(text(await page("/status?kind=HTTPRoute&page=x"))).toContain("page 1 of 2");
  });

  test("are found by kind, name and trouble", async () => {
    expect(text(await page("/status?kind=gw"))).toMatch(/1 object of \d+/);
    expect(text(await page("/status?kind=routes&name=r11"))).toContain("11 objects of");
    expect(text(await page("/status?kind=routes&only=problems"))).toContain("1 object of");
    expect(text(await page(`/status?name=${encodeURIComponent(hostile)}`))).toContain("No object is like that.");
  });
});

describe("objects", () => {
  test("are listed by kind and shown whole, with their conditions", async () => {
    expect(await page("/config_dump")).toContain('<a href="/config_dump?resource=HTTPRoute">HTTPRoute</a>');
    expect(await page("/config_dump?resource=httproute&filter=lost")).toContain(
      '<a href="/config_dump?resource=HTTPRoute&amp;name=default%2Flost">default/lost</a>',
    );
    const body = text(await page("/config_dump?resource=HTTPRoute&name=default%2Flost"));
    expect(body).toContain("hostnames:");
    expect(body).toContain("ResolvedRefs=False BackendNotFound");
  });

  test("of kind Secret are shown without their values", async () => {
    const body = await page("/config_dump?resource=Secret&name=default/s");
    expect(body).toContain("[redacted]");
    expect(body).not.toMatch(/do-not-tell|ZG8tbm90LXRlbGw/);
  });

  test("that are not there are answered with 404", async () => {
    expect(text(await page("/config_dump?resource=HTTPRoute&name=default/none", 404))).toContain(
      "There is no HTTPRoute default/none.",
    );
    await page(`/config_dump?resource=${encodeURIComponent(hostile)}`, 404);
  });
});

test("problems are told as they are in the log", async () => {
  const body = text(await page("/problems"));
  expect(body).toMatch(/bad\.yaml:3:\d+: HTTPRoute .*metadata\.name: must be a DNS name/);
  expect(body).toContain("&lt;script&gt;");
});

test("metrics are shown with what they tell", async () => {
  const body = text(await page("/stats"));
  expect(body).toContain("Time from objects to resources, for one change.");
  expect(body).toMatch(/kind HTTPRoute121\n/);
});

test("a page is loaded again only where that was asked for", async () => {
  expect(await page("/")).not.toContain('http-equiv="refresh"');
  expect(await page("/?refresh=5")).toContain('<meta http-equiv="refresh" content="5">');
});
