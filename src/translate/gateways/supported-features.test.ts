import { expect, test } from "vitest";
import { registry } from "../../features/kinds.ts";
import { defaultTranslationOptions } from "../options.ts";
import { Translation } from "../translation.ts";
import { supportedFeatures } from "./supported-features.ts";

test("GatewayClasses of ours say what is supported, sorted and no more than the API has room for", () => {
  const translation = new Translation(
    defaultTranslationOptions,
    registry.kinds.map(({ kind }) => kind),
  );
  const gatewayClass = {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: "eg" },
    spec: { controllerName: defaultTranslationOptions.controllerName },
  };
  translation.write("GatewayClass", "eg", gatewayClass);
  translation.commit();
  const features = (translation.statuses.get("GatewayClass/eg")?.body.supportedFeatures ?? []).map(({ name }) => name);
  expect(features).toEqual(supportedFeatures);
  expect(features).toEqual([...features].sort());
  expect(features.length).toBeLessThanOrEqual(64);
});
