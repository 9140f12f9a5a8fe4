import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["engine/tests/**/*.test.ts", ".dagger/tests/**/*.test.ts", "tests/**/*.test.ts"],
    // Real containers: a step may have to wait for the machine, never for a clock.
    testTimeout: 120_000,
    hookTimeout: 600_000,
    maxWorkers: 2,
  },
});
