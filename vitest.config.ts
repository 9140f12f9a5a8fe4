import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["engine/tests/**/*.test.ts", ".dagger/tests/**/*.test.ts", "tests/**/*.test.ts"],
    // Real containers: a step may have to wait for the machine, never for a clock.
    testTimeout: 300_000,
    // The first one on a machine that has never run Kitchen builds stand-ins and installs all tools.
    hookTimeout: 1_500_000,
    maxWorkers: 2,
  },
});
