// npm run bench [-- --quick]: what the design promises of speed and memory, measured here and now.
// Medians; the last column is measured ÷ promised, so 1.00 or less is kept. Nothing else should run.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ci, python } from "./ci.mjs";
import { galley, median } from "./galley.mjs";
import { hasBuildah, images } from "./images.mjs";
import { monorepo } from "./monorepo.mjs";
import { hostFolder, restoredLayer, steps, thousand } from "./steps.mjs";

const repository = fileURLToPath(new URL("..", import.meta.url));
const quick = process.argv.includes("--quick");
const scratch = mkdtempSync(join(tmpdir(), "galley-bench-"));
const cwd = join(scratch, "module");
cpSync(join(repository, "bench/module"), cwd, { recursive: true });
const options = { cwd };

// What else runs on the machine is part of what was measured.
console.log(`${availableParallelism()} processors, load ${loadavg()[0].toFixed(1)} at the start`);
if (process.env.NODE_EXTRA_CA_CERTS) {
  console.log("NODE_EXTRA_CA_CERTS is set: Node 20 reads all certificates at each of its starts");
}

try {
  const time = (runs, args, more = {}) =>
    median(runs, async (run) => {
      const given = typeof args === "function" ? args(run) : args;
      return (await galley(given, { ...options, ...more })).time;
    });

  await galley(["call", "say", "--text=kept"], options);
  row("call of a cached function", await time(9, ["call", "say", "--text=kept"]), 250);
  row("functions", await time(9, ["functions"]), 250);
  row("call --help", await time(9, ["call", "--help"]), 250);
  row(
    "call of an uncached function, no step",
    await time(7, () => ["call", "say", `--text=${randomUUID()}`]),
    600,
  );
  row(
    "first call after an edit of the module",
    await time(5, (run) => {
      appendFileSync(join(cwd, "src/index.ts"), `\n// ${run}: ${randomUUID()}\n`);
      return ["call", "say", "--text=edited"];
    }),
    1500,
  );
  row("galley version, whole process", await time(9, ["version"]), undefined);
  const first = (env) => time(9, ["query", "-M"], { stdin: "{version}", env });
  row("session to first answer", await first({ NODE_EXTRA_CA_CERTS: "" }), 150);
  if (process.env.NODE_EXTRA_CA_CERTS) row("the same, with NODE_EXTRA_CA_CERTS", await first({}));

  const { fresh, kept, memory } = await steps(options, 5);
  row("a step of true in a chain of 50", fresh, 50);
  row("a cached step in a chain of 50", kept, 0.2);
  row("engine's own memory, after 52 steps", memory, 250, "MB");

  row("a file of a kept layer of 5,000", await restoredLayer(options, 5), undefined);
  if (!quick) {
    const graph = await thousand(options);
    row("a step in a graph of 1,000", graph.fresh, undefined);
    row("a cached step in a graph of 1,000", graph.kept, 0.2);
    row("engine's own memory, 1,000 steps", graph.memory, 250, "MB");
    row("engine's own memory, 1,000 cached steps", graph.keptMemory, 250, "MB");
  }

  const folder = await hostFolder(join(scratch, "folder"), options, 3);
  row("5,000 files of the host, new", folder.fresh, 800);
  row("5,000 files of the host, one changed", folder.changed, 200);
  row("5,000 files of the host, unchanged", folder.unchanged, 150);

  if (!quick && !hasBuildah()) {
    console.log("images: left out, buildah, skopeo or docker-registry is not installed");
  } else if (!quick) {
    // The third column is `buildah bud` on the same machine, in the same run.
    const { anew, warm, changed, push } = await images(repository, scratch, options, 3);
    row("image, every step anew (buildah)", ...anew);
    row("image, nothing changed (buildah)", ...warm);
    row("image, one line changed (buildah)", ...changed);
    row("push after one changed line (buildah)", ...push);
  }

  if (!quick && spawnSync(python, ["--version"]).status !== 0) {
    console.log(
      `ci after one changed line: left out, ${python} does not start (name one in PYTHON)`,
    );
  } else if (!quick) {
    const { ci: all, slowest, byHand } = await ci(repository, scratch, options, 3);
    row(`${slowest} by hand, after one changed line`, byHand, undefined);
    row("ci after one changed line (1.15 of that)", all, 1.15 * byHand);
  }

  if (!quick) {
    const { whole, changed, affected, unchanged, alone } = await monorepo(
      ...[repository, scratch, options, 3],
    );
    row("ci of 50 services, the first time", whole, undefined);
    row("ci of one service, one line changed", alone, undefined);
    row("ci of 50 services, one line changed", changed, 2 * alone);
    row("ci --since of 50, one line changed", affected, 2 * alone);
    row("ci of 50 services, nothing changed", unchanged, undefined);
  }
  console.log(`load ${loadavg()[0].toFixed(1)} at the end`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function row(what, measured, promised, unit = "ms") {
  const number = (value) => `${value < 10 ? value.toFixed(2) : Math.round(value)} ${unit}`;
  const ratio = promised === undefined ? "" : (measured / promised).toFixed(2);
  const goal = promised === undefined ? "" : number(promised);
  console.log(
    `${what.padEnd(42)}${number(measured).padStart(10)}${goal.padStart(11)}${ratio.padStart(7)}`,
  );
}
