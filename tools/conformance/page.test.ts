import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type OfficialReport, readReports, reportsFolder } from "./official-report.ts";
import { unclaimedFeatures, withReports } from "./page.ts";
import { reasons } from "./unclaimed-features.ts";

const report: OfficialReport = {
  date: "2026-01-02T03:04:05Z",
  mode: "default",
  gatewayAPIVersion: "v1.7.0",
  gatewayAPIChannel: "experimental",
  implementation: { version: "v1.2.3" },
  profiles: [
    {
      name: "GATEWAY-GRPC",
      core: { result: "success", statistics: { Passed: 17, Failed: 0, Skipped: 0 } },
      extended: {
        result: "failure",
        statistics: { Passed: 12, Failed: 1, Skipped: 0 },
        failedTests: ["GRPCRouteNamedRule"],
        supportedFeatures: ["ListenerSet", "GatewayPort8080"],
        unsupportedFeatures: ["GatewayListenerFilters"],
      },
    },
  ],
  succeededProvisionalTests: ["GatewayPreserveForeignConditions"],
};

const empty = "before\n<!-- written by make run-conformance -->\n\nold\n\n<!-- until here -->\nafter\n";

test("the page shows numbers, failed tests and what is not claimed with its reason", () => {
  const page = withReports(empty, new Map([["default.yaml", report]]));
  expect(page).toContain("| GATEWAY-GRPC | success: 17 / 0 / 0 | failure: 12 / 1 / 0 | 2 of 3 |");
  expect(page).toContain("Failed or skipped: `GRPCRouteNamedRule`.");
  expect(page).toContain(`| \`GatewayListenerFilters\` | ${reasons["GatewayListenerFilters"]} |`);
  expect(page).toMatch(/^before\n[\s\S]*\nafter\n$/);
  expect(page).not.toContain("old");
});

test("writing it again changes nothing", () => {
  const reports = new Map([["default.yaml", report]]);
  const page = withReports(empty, reports);
  expect(withReports(page, reports)).toBe(page);
});

test("the committed page is that of the committed reports", () => {
  const page = readFileSync(join(reportsFolder, "README.md"), "utf8");
  expect(withReports(page, readReports())).toBe(page);
});

test("each feature that a committed report does not claim has a reason", () => {
  for (const name of unclaimedFeatures([...readReports().values()])) expect(reasons, name).toHaveProperty(name);
});
