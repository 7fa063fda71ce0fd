import { afterEach, beforeEach, expect, test } from "vitest";
import { registry } from "../features/kinds.ts";
import { defaultConfig } from "./config/load-config.ts";
import { findFleetsEarly } from "./early-fleets.ts";
import { gatewayManifest, routeManifest, Workplace } from "./testing/workplace.ts";
import { createTranslation, surroundingsOf } from "./translation-settings.ts";

let work: Workplace;
beforeEach(() => {
  work = new Workplace();
});
afterEach(() => work.remove());

const find = () => findFleetsEarly([work.manifests], registry, createTranslation(defaultConfig(), surroundingsOf({})));

test("fleets are found among other objects, with the ports of their plain listeners", async () => {
  work.write("manifests/all.yaml", `${routeManifest("r", "a.example", 1)}---\n${gatewayManifest(8_080)}`);
  expect(await find()).toMatchObject([{ key: "default/eg", ports: [{ name: "http", port: 8_080, transport: "TCP" }] }]);
});

test("settings of Envoys that stand in another file are taken along", async () => {
  const proxy =
    "apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyProxy\nmetadata: { name: p, namespace: default }\nspec: { concurrency: 1 }\n";
  work.write("manifests/proxy.yaml", proxy);
  const parameters = "parametersRef: { group: gateway.envoyproxy.io, kind: EnvoyProxy, name: p, namespace: default }";
  work.write(
    "manifests/gateway.yaml",
    gatewayManifest(8_080).replace("gatewayclass-controller }", `gatewayclass-controller, ${parameters} }`),
  );
  expect((await find())[0]?.envoyProxy?.concurrency).toBe(1);
});

test("broken files, and those of no interest, yield nothing", async () => {
  work.write("manifests/broken.yaml", "kind: Gateway\nmetadata: [\n");
  work.write("manifests/.hidden.yaml", gatewayManifest(8_080));
  work.write("manifests/notes.txt", gatewayManifest(8_080));
  expect(await find()).toEqual([]);
});
