import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const testing = fileURLToPath(new URL("engine/src/testing/index.ts", import.meta.url));

/** 24 minutes by itself, with Airflow and under traffic: `npm run test:long`. */
const long = ["tests/end-to-end/promotion.test.ts"];

export default defineConfig({
  // In this repository galley is taken from its sources.
  resolve: { alias: { "@kitchen/galley/testing": testing } },
  test: {
    include: [
      "engine/tests/**/*.test.ts",
      ".dagger/tests/**/*.test.ts",
      "tests/**/*.test.ts",
      "examples/*/tests/**/*.test.ts",
    ],
    exclude: [...configDefaults.exclude, ...(process.env.KITCHEN_LONG ? [] : long)],
    // Real containers: a step may have to wait for the machine, never for a clock.
    testTimeout: 300_000,
    // The first one on a machine that has never run Kitchen builds stand-ins and installs all tools.
    hookTimeout: 1_500_000,
    maxWorkers: 2,
  },
});
