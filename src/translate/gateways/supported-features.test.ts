import { expect, test } from "vitest";
import { registry } from "../../features/kinds.ts";
import { defaultTranslationOptions } from "../options.ts";
import { Translation } from "../translation.ts";
import { supportedFeatures } from "./supported-features.ts";

function claimed(platformFeatures: readonly string[]): readonly string[] {
  const translation = new Translation(
    { ...defaultTranslationOptions, platformFeatures },
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
  return (translation.statuses.get("GatewayClass/eg")?.body.supportedFeatures ?? []).map(({ name }) => name);
}

test("GatewayClasses of ours say what is supported, sorted and no more than the API has room for", () => {
  const features = claimed(["GatewayInfrastructure"]);
  expect(claimed([])).toEqual(supportedFeatures);
  expect(features.filter((name) => name !== "GatewayInfrastructure")).toEqual(supportedFeatures);
  expect(features).toContain("GatewayInfrastructure");
  expect(features).toEqual([...features].sort());
  expect(features.length).toBeLessThanOrEqual(64);
});
