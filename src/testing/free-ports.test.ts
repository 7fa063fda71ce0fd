import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { freePort, freePorts } from "./free-ports.ts";

test("free ports are different ones, of which none is given to outgoing connections", async () => {
  const [firstOfClients = 0] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number);
  const ports = [...(await freePorts(20)), await freePort()];
  expect(new Set(ports).size).toBe(21);
  for (const port of ports) expect(port).toBeLessThan(firstOfClients);
});

test("a port somebody listens on is passed over", async () => {
  const port = await freePort();
  const holder = createServer();
  // The finder looks at the next port next.
  await new Promise<void>((resolve, reject) => holder.once("error", reject).listen(port + 1, "0.0.0.0", resolve));
  try {
    expect(await freePorts(5)).not.toContain(port + 1);
  } finally {
    holder.close();
  }
});
