import { spawnSync } from "node:child_process";
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { generate, nameOf } from "../examples/monorepo-50/generate.mjs";
import { galley, middle } from "./galley.mjs";

/**
 * `ci` of fifty generated services: milliseconds of the first run, of one after one changed line, of
 * the same limited to what is affected, of one with nothing changed; and of one service alone after
 * one changed line.
 */
export async function monorepo(repository, scratch, options, runs) {
  const [many, one] = [50, 1].map((services) => committed(scratch, services));
  const call = (...args) => ["call", "-m", repository, "--source", ".", "ci", ...args];
  const timed = async (cwd, ...args) =>
    (await galley(call(...args), { ...options, cwd, mayFail: true })).time;
  const since = ["--since", "main", "--git", ".git"];

  const whole = await timed(many);
  await timed(one);
  const times = { unchanged: [], changed: [], affected: [], alone: [] };
  for (let run = 0; run < runs; run++) {
    change(many, 7, run);
    times.changed.push(await timed(many));
    times.unchanged.push(await timed(many));
    change(many, 7, `since ${run}`);
    times.affected.push(await timed(many, ...since));
    change(one, 1, run);
    times.alone.push(await timed(one));
  }
  const medians = Object.entries(times).map(([name, all]) => [name, middle(all)]);
  return { whole, ...Object.fromEntries(medians) };
}

function committed(scratch, services) {
  const folder = join(scratch, `services-${services}`);
  mkdirSync(folder);
  generate(folder, services);
  const identity = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
  for (const args of [
    ["init", "-q", "-b", "main"],
    ["add", "-A"],
    [...identity, "commit", "-q", "-m", "bench"],
  ]) {
    const { status, stderr } = spawnSync("git", args, { cwd: folder, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  }
  return folder;
}

function change(folder, number, run) {
  const name = nameOf(number);
  const path = `services/${name}/src/${name.replace("-", "_")}/__init__.py`;
  appendFileSync(join(folder, path), `# ${run}\n`);
}
