import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../engine/src/testing/free-port.ts";

/** Debian's Prometheus on loopback. */
export interface Prometheus {
  readonly url: string;
  stop(): void;
}

/**
 * Starts it, with a scrape each second.
 *
 * @param jobs what is scraped: `scrape_configs`
 */
export async function startPrometheus(jobs: readonly object[]): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  const config = join(folder, "prometheus.json");
  const global = { scrape_interval: "1s", scrape_timeout: "1s" };
  writeFileSync(config, JSON.stringify({ global, scrape_configs: jobs }));
  const address = `127.0.0.1:${await freePort()}`;
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=${address}`,
  ];
  const child = spawn("prometheus", flags, { stdio: "ignore" });
  const stop = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  let problem: Error | undefined;
  child.on("error", (error) => {
    problem = error;
  });
  const url = `http://${address}`;
  const answers = () =>
    fetch(`${url}/-/ready`)
      .then(({ ok }) => ok)
      .catch(() => false);
  for (let tries = 0; !(await answers()); tries++) {
    if (problem || child.exitCode !== null || tries > 300) {
      stop();
      throw new Error(`prometheus did not start (${problem?.message}): apt-get install prometheus`);
    }
    await sleep(100);
  }
  return { url, stop };
}
