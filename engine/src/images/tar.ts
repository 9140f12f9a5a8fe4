import { spawn } from "node:child_process";

/**
 * Runs GNU tar on files that never change. It takes a hard link that is made to one meanwhile for a
 * change, and says so with exit code 1: that alone is no failure.
 */
export function tar(args: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("tar", args, { stdio: ["ignore", "ignore", "pipe"], signal });
    let words = "";
    child.stderr.on("data", (bytes: Buffer) => {
      words += bytes.toString("utf8");
    });
    child.on("error", reject);
    child.on("close", (code) => {
      const problems = words.split("\n").filter((line) => line !== "" && !line.endsWith(linked));
      if (code === 0 || (code === 1 && problems.length === 0)) return resolve();
      reject(new Error(`tar ended with ${code}: ${problems.join("\n")}`));
    });
  });
}

const linked = ": file changed as we read it";
