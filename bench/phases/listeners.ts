import { Authority, type Certificate } from "../certificates.ts";
import { tlsProbe } from "../http/tls-probe.ts";
import { listenerHostOf, secretOf, tlsListeners } from "../listener-manifests.ts";
import { GatewayUnderTest } from "../processes/gateway.ts";
import type { ListenersResult } from "../results.ts";
import type { Setup } from "../setup.ts";
import { spread } from "../statistics.ts";
import { awaitStart, costOfChanges, type Sight } from "./change-cost.ts";

const sampleSize = 20;

/** Very many TLS listeners with a certificate each: a start from nothing, then one certificate is rotated again and again. */
export async function measureListeners(setup: Setup): Promise<ListenersResult> {
  const { listeners, repetitions } = setup.settings;
  setup.say(`${listeners} TLS listeners: certificates`);
  const authority = new Authority();
  const indices = Array.from({ length: listeners }, (_, index) => index);
  const certificates = indices.map((index) => authority.issue(listenerHostOf(index)));
  const rotated = Math.floor(listeners / 2);
  setup.say(`${listeners} TLS listeners: start`);
  const gateway = await GatewayUnderTest.start(setup, "listeners", (port) =>
    tlsListeners(certificates, rotated, port, setup.backendPorts),
  );
  const sample = spread(listeners, sampleSize).flatMap((index) => sightOf(gateway, index, certificates[index]));
  const start = await awaitStart(gateway, sample);
  setup.say(`${listeners} TLS listeners: rotation`);
  const changes = await costOfChanges(gateway, repetitions, async () => {
    const certificate = authority.issue(listenerHostOf(rotated));
    const make = gateway.prepare("rotated.yaml", [secretOf(rotated, certificate)]);
    return { make, sight: sightOf(gateway, rotated, certificate) };
  });
  await gateway.stop();
  return { listeners, start, ...changes };
}

/** A 200 that comes with this certificate. */
function sightOf(gateway: GatewayUnderTest, index: number, certificate: Certificate | undefined): Sight {
  const hostname = listenerHostOf(index);
  return {
    name: `the certificate of ${hostname}`,
    isSeen: async () => {
      const { status, serialNumber } = await tlsProbe(gateway.port, hostname);
      return status === 200 && serialNumber === certificate?.serialNumber;
    },
  };
}
