// npm run bench:rollouts: 10,000 rollouts of each kind of release in virtual time, as docs/releases.md
// has them. The same numbers each time.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const cwd = fileURLToPath(new URL("..", import.meta.url));
const { status } = spawnSync(
  "npx",
  ["vitest", "run", ".dagger/tests/rollout-simulation.test.ts", "--disable-console-intercept"],
  { cwd, stdio: "inherit", env: { ...process.env, KITCHEN_ROLLOUTS: "10000" } },
);
process.exitCode = status ?? 1;
