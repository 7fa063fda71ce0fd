import { expect, test } from "vitest";
import { gatewayManifest, httpRoute, useBackend, useGateway } from "./harness/index.ts";

const listener = (name: string, port: number | undefined) =>
  `- { name: ${name}, protocol: HTTP, port: ${port}, hostname: ${name}.test, allowedRoutes: { namespaces: { from: All } } }\n`;

const gateway = useGateway({ listeners: ([port]) => listener("first", port) + listener("second", port) });
const backend = useBackend("a");

test("the first listener of a port comes and goes without a lost request to the others", async () => {
  const [port] = gateway().ports;
  await gateway().apply(backend(), httpRoute("kept", "second.test", "- backendRefs: [{ name: a, port: 80 }]"));
  const answers = new Map<string | number, number>();
  let isLoading = true;
  const load = async () => {
    while (isLoading) {
      const answer = await gateway()
        .request("/", { host: "second.test" })
        .then(({ status }) => status)
        .catch((error: unknown) => `no connection: ${String(error)}`);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
  };
  const loads = [load(), load(), load()];
  for (let round = 0; round < 10; round++) {
    await gateway().apply(gatewayManifest(listener("second", port)));
    await gateway().apply(gatewayManifest(listener("first", port) + listener("second", port)));
  }
  isLoading = false;
  await Promise.all(loads);
  expect([...answers.keys()], JSON.stringify([...answers])).toEqual([200]);
});
