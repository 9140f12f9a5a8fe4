import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished, vi } from "vitest";
import { scratchFolder } from "../server/open.ts";

const nobody = {
  ...{ GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
  ...{ GIT_AUTHOR_NAME: "A", GIT_AUTHOR_EMAIL: "a@example.invalid" },
  ...{ GIT_COMMITTER_NAME: "A", GIT_COMMITTER_EMAIL: "a@example.invalid" },
};

/** A repository in a folder of the host, and what changes it. */
export function repository() {
  const folder = scratchFolder();
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: folder, env: { ...process.env, ...nobody } })
      .toString()
      .trim();
  git("init", "-q", "-b", "main");
  const commit = (files: Readonly<Record<string, string>>) => {
    for (const [path, contents] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), contents);
    }
    git("add", "-A");
    git("commit", "-q", "-m", "changed");
    return git("rev-parse", "HEAD");
  };
  return { folder, git, commit };
}

/** For the rest of the test, git finds at addresses what lies in folders of the host. */
export function hostedAt(places: Readonly<Record<string, string>>): void {
  const settings = join(scratchFolder(), "gitconfig");
  const lines = Object.entries(places).map(
    ([url, folder]) => `[url "${folder}"]\n\tinsteadOf = ${url}\n`,
  );
  writeFileSync(settings, lines.join(""));
  vi.stubEnv("GIT_CONFIG_GLOBAL", settings);
  onTestFinished(() => void vi.unstubAllEnvs());
}
