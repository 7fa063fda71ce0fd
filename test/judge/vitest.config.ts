import { defineConfig } from "vitest/config";

/** Tests against Kubernetes' own code. Not part of the usual sets, as they need Go: `npx vitest run --config test/judge/vitest.config.ts`. */
export default defineConfig({
  test: { root: import.meta.dirname, include: ["*.test.ts"], testTimeout: 600_000, hookTimeout: 600_000 },
});
