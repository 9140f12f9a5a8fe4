import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import type { ImageContext } from "../resolve.ts";

/** What packages' own scripts need, and programs of a container count on. */
const base = [
  ...[
    "base-files",
    "base-passwd",
    "bash",
    "ca-certificates",
    "coreutils",
    "dash",
    "debianutils",
    "dpkg",
  ],
  ...["diffutils", "findutils", "grep", "gzip", "hostname", "libc-bin", "login.defs"],
  ...["ncurses-bin", "perl-base", "sed", "tar", "util-linux"],
];

/** The day that passwd's scripts write into /etc/shadow: a stand-in is the same on any day. */
const SOURCE_DATE_EPOCH = "0";

/** Folders that a container has no use for. */
const left = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*"];

/** Builds a Debian root file system by mmdebstrap, from the mirrors that this machine itself uses. */
export async function debootstrap(
  suite: string,
  packages: readonly string[],
  root: string,
  context: ImageContext,
): Promise<void> {
  const args = [
    "--mode=root",
    "--variant=custom",
    "--format=directory",
    `--include=${[...base, ...packages].join(",")}`,
    '--aptopt=APT::Install-Recommends "false"',
    ...left.map((path) => `--dpkgopt=path-exclude=${path}`),
    suite,
    root,
    mirror(),
  ];
  await execute("mmdebstrap", args, context, { LC_ALL: "C.UTF-8", SOURCE_DATE_EPOCH });
}

/** The mirror in this machine's own sources; apt's settings for it apply as they do here. */
function mirror(): string {
  for (const path of ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"]) {
    if (!existsSync(path)) continue;
    const found = /^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s+)?)(\S+\/debian\/?)(?:\s|$)/mu.exec(
      readFileSync(path, "utf8"),
    );
    if (found) return found[1] as string;
  }
  return ""; // mmdebstrap's own default
}

/** Commands that failed are quoted whole, and name hundreds of packages. */
const longestLine = 300;

/** Runs a program to its end; its last words are part of the error when it fails. */
export function execute(
  program: string,
  args: readonly string[],
  { signal }: ImageContext,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const arguments_ = args.filter((arg) => arg !== "");
  return new Promise((resolve, reject) => {
    const options = { signal, env: { ...process.env, ...env }, maxBuffer: 1 << 26 };
    execFile(program, arguments_, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return reject(
          new Error(`${program} is not installed: apt-get install ${program} (see galley doctor)`),
        );
      }
      const lines = stderr.trim().split("\n").slice(-15);
      const tail = lines.map((line) => line.slice(0, longestLine)).join("\n");
      reject(new Error(`building a stand-in failed: ${program}:\n${tail || error.message}`));
    });
  });
}
