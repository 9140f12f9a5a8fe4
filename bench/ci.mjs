import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { galley, middle } from "./galley.mjs";

const changed = "services/api/src/kitchen_api/__init__.py";

/** What one would type for the service that was changed, each with what it needs installed. */
const chains = {
  "black, flake8": {
    locks: ["lint"],
    commands: [
      ["black", "--check", "."],
      ["flake8", "src", "tests"],
    ],
  },
  mypy: { locks: ["typecheck", "component"], commands: [["mypy"]] },
  bandit: { locks: ["bandit"], commands: [["bandit", "-q", "-r", "src"]] },
  pytest: { locks: ["component"], commands: [["python", "-m", "pytest", "-q", "--cov"]] },
};

/**
 * `ci` of this repository after one changed line of a service, against the same tools run by hand
 * on the same copy: milliseconds of `ci`, and of the slowest chain.
 */
export async function ci(repository, scratch, options, runs) {
  const copy = join(scratch, "repository");
  mkdirSync(copy);
  shell(`git ls-files -z | xargs -0 cp --parents -t ${copy}`, repository);
  shell("git init -q . && git add -A", copy);
  const service = join(copy, "services/api");
  const change = (run) => appendFileSync(join(copy, changed), `\nBENCH_${run} = ${run}\n`);
  const inCopy = { ...options, cwd: copy, mayFail: true };

  const venvs = Object.fromEntries(
    Object.entries(chains).map(([name, { locks }]) => [name, venv(scratch, copy, locks)]),
  );
  const bare = (name) => {
    const since = performance.now();
    for (const [tool, ...args] of chains[name].commands) {
      spawnSync(join(venvs[name], "bin", tool), args, { cwd: service, stdio: "ignore" });
    }
    return performance.now() - since;
  };
  await galley(["call", "ci"], inCopy);
  for (const name of Object.keys(chains)) bare(name);
  const times = { ci: [], ...Object.fromEntries(Object.keys(chains).map((name) => [name, []])) };
  for (let run = 0; run < runs; run++) {
    change(run);
    times.ci.push((await galley(["call", "ci"], inCopy)).time);
    for (const name of Object.keys(chains)) times[name].push(bare(name));
  }
  const [[slowest, byHand]] = Object.keys(chains)
    .map((name) => [name, middle(times[name])])
    .sort(([, a], [, b]) => b - a);
  return { ci: middle(times.ci), slowest, byHand };
}

/** By hand the tools run on this Python, as the containers' do on theirs. */
export const python = process.env.PYTHON ?? "python3.13";

function venv(scratch, copy, locks) {
  const folder = join(scratch, `venv-${locks.join("-")}`);
  if (existsSync(folder)) return folder;
  shell(`${python} -m venv ${folder}`, scratch);
  for (const lock of locks) {
    const file =
      lock === "component" ? "services/api/requirements-dev.lock" : `.dagger/tools/${lock}.lock`;
    shell(`${folder}/bin/pip install -q --disable-pip-version-check -r ${file}`, copy);
  }
  return folder;
}

function shell(command, cwd) {
  const { status, stderr } = spawnSync("sh", ["-c", command], { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}
