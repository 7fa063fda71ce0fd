import { defineConfig } from "vitest/config";

/**
 * Three sets of tests, each a project: `unit` (beside the code: behaviour, golden, property tests, tests that ask a real Envoy
 * about one piece), `e2e` (whole gateways with real Envoys) and `slow` (chaos, fuzz; run by .ci/run only). The last two start
 * processes of their own, so that few of their files run at a time.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "tools/**/*.test.ts", "test/*.test.ts", "test/golden/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
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
    ],
  },
});
