import { defineConfig } from "vitest/config";

/**
 * Sets of tests, each a project: `unit` (beside the code: behaviour, golden, property tests, tests that ask a real Envoy
 * about one piece), `e2e` (whole gateways with real Envoys), `slow` (chaos, fuzz), `judge` (against Kubernetes' own code; needs Go) and `kube` (in
 * local clusters; needs root), the last three run by .ci/run only. All but the first start processes of their own, so that few of their files run at a time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "src/**/*.test.ts",
            "tools/**/*.test.ts",
            "bench/**/*.test.ts",
            "test/*.test.ts",
            "test/conformance/catalog.test.ts",
            "test/golden/**/*.test.ts",
          ],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts", "test/conformance/**/*.test.ts"],
          exclude: ["test/conformance/catalog.test.ts"],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "slow",
          include: ["test/slow/**/*.test.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
          testTimeout: 600_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "kube",
          include: ["test/kube/**/*.test.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "judge",
          include: ["test/judge/**/*.test.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
