import { expect, test } from "vitest";
import { httpRoute, useBackend, useGateway } from "./harness/index.ts";

const gateway = useGateway();
const shop = useBackend("shop");

test("a request reaches the backend, which tells what it got", async () => {
  await gateway().apply(shop(), httpRoute("shop", "shop.test", "- backendRefs: [{ name: shop, port: 80 }]"));
  const answer = await gateway().request("/get?a=1", { host: "shop.test" });
  expect(answer.status).toBe(200);
  expect(answer.echo).toMatchObject({
    path: "/get?a=1",
    host: "shop.test",
    method: "GET",
    proto: "HTTP/1.1",
    namespace: "default",
    pod: "shop",
  });
});
