import type { Directory, File } from "@dagger.io/dagger";
import { exportedLock } from "./python.ts";

/** A component cannot be installed as it stands; the message says what to run. */
export class LockError extends Error {}

const pinned = [
  "requirements-dev.lock",
  "requirements.lock",
  "requirements-dev.txt",
  "requirements.txt",
];

/** What a lock is made of, where it is not there as a file. */
const inputs = ["pyproject.toml", "uv.lock", "poetry.lock", "README*"];

/** All files of a component that say what it depends on. */
export const lockFiles = [...pinned, ...inputs];

/**
 * The lock with hashes of everything that a component needs for its tests.
 *
 * @throws LockError when there is none, or when it has no hashes
 */
export async function componentLock(source: Directory, path: string): Promise<File> {
  const names = await source.entries();
  const name = pinned.find((each) => names.includes(each));
  if (name) {
    const lock = source.file(name);
    checkHashes(await lock.contents(), `${path}/${name}`);
    return lock;
  }
  const project = source.filter({ include: inputs });
  if (names.includes("uv.lock")) return exportedLock(project, "uv");
  if (names.includes("poetry.lock")) return exportedLock(project, "poetry");
  throw new LockError(
    `${path}: no lock of its dependencies (${pinned[0]}, ${pinned[1]}, uv.lock or poetry.lock): ` +
      "run `uv pip compile --all-extras --generate-hashes --no-emit-index-url pyproject.toml -o requirements-dev.lock` there",
  );
}

function checkHashes(text: string, path: string): void {
  const requirements = text.replace(/\\\n/g, " ").split("\n");
  const bare = requirements.findIndex(
    (line) => /^[A-Za-z0-9]/.test(line) && !line.includes("--hash="),
  );
  if (bare < 0) return;
  throw new LockError(
    `${path}: ${requirements[bare]?.trim()} has no hash: make the lock with \`uv pip compile --generate-hashes\``,
  );
}
