import { createServer } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { anyHost, hostWithPort, localAddresses } from "./addresses.ts";
import { closeHttp, listenHttp } from "./listen.ts";

test.each([
  ["127.0.0.1", "127.0.0.1:80"],
  ["::1", "[::1]:80"],
  ["[::1]", "[::1]:80"],
  ["a.example", "a.example:80"],
])("host %s and port 80 are written %s", (host, written) => {
  expect(hostWithPort(host, 80)).toBe(written);
});

test("what listens on any host is reached at every loopback address the machine has", async () => {
  const server = createServer();
  const port = await listenHttp(server, { host: anyHost(), port: 0, what: "a test", setting: "none" });
  const addresses = localAddresses().filter((address) => address === "127.0.0.1" || address === "::1");
  expect(addresses).not.toEqual([]);
  for (const host of addresses) {
    await new Promise<void>((resolve, reject) => {
      const socket = connect(port, host, () => {
        socket.destroy();
        resolve();
      });
      socket.once("error", reject);
    });
  }
  await closeHttp(server);
});
