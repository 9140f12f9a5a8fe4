import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../engine/bin/galley.cjs", import.meta.url));

/**
 * Runs galley; milliseconds of the whole process, its largest resident memory in MB, and what it
 * printed.
 */
export function galley(args, { cwd, env = {}, stdin = "", mayFail = false }) {
  const since = performance.now();
  const child = spawn(process.execPath, [program, "-s", ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let memory = 0;
  const watch = setInterval(() => {
    memory = Math.max(memory, peakMemory(child.pid));
  }, 20);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      clearInterval(watch);
      const time = performance.now() - since;
      if (code === 0 || mayFail) resolve({ time, memory, stdout, code });
      else reject(new Error(`galley ${args.join(" ")} ended with ${code}:\n${stderr}`));
    });
  });
}

/** The kernel's own high-water mark, in MB; 0 when the process has ended. */
function peakMemory(pid) {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
}

/** Median of a number of runs. */
export async function median(runs, measure) {
  const values = [];
  for (let run = 0; run < runs; run++) values.push(await measure(run));
  return middle(values);
}

export function middle(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
