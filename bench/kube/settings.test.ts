import { expect, test } from "vitest";
import { kubePhases, readKubeSettings } from "./settings.ts";

test("without settings all is measured in a cluster of its own, and there is nothing to compare with", () => {
  const settings = readKubeSettings({});
  expect(settings).toMatchObject({ cluster: 7, routes: [10, 100, 1000] });
  expect([...settings.phases]).toEqual(kubePhases);
  expect(settings).not.toHaveProperty("original");
});

test("what cannot be understood is named with what is possible", () => {
  expect(() => readKubeSettings({ PHASES: "floor" })).toThrow("PHASES has floor; there are attach, changes, steady");
  expect(() => readKubeSettings({ CLUSTER: "ten" })).toThrow("CLUSTER has ten; a digit is possible");
});
