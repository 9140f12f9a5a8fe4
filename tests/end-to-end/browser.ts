import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A page as a browser has it. */
export interface Page {
  /** its elements as the browser read them */
  readonly dom: string;
  /** what it said on its console: refused by its own policy, not found, broken */
  readonly complaints: readonly string[];
}

/** Opens a file in headless Chromium. */
export function openPage(path: string): Page {
  const profile = mkdtempSync(join(tmpdir(), "browser-"));
  try {
    const { stdout, stderr, status } = spawnSync(
      "chromium",
      [
        ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        ...[`--user-data-dir=${profile}`, "--enable-logging=stderr", "--timeout=20000"],
        ...["--dump-dom", pathToFileURL(path).href],
      ],
      { encoding: "utf8", maxBuffer: 1 << 26, timeout: 60_000 },
    );
    if (status !== 0) throw new Error(`chromium: ${stderr}`);
    const complaints = stderr.split("\n").filter((line) => line.includes(":CONSOLE"));
    return { dom: stdout, complaints };
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}
