import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { scratchFolder } from "../server/open.ts";

/** A module in a git repository of its own: `files` beside dagger.json and tsconfig.json. */
export function writeModule(
  name: string,
  index: string,
  files: Record<string, string> = {},
  root: string = scratchFolder(),
): string {
  execFileSync("git", ["init", "-q", root]);
  const all: Record<string, string> = {
    "dagger.json": JSON.stringify({ name, engineVersion: "v0.21.8", sdk: "typescript" }),
    "tsconfig.json": JSON.stringify({
      compilerOptions: { target: "ES2022", experimentalDecorators: true, strict: true },
    }),
    "src/index.ts": index,
    ...files,
  };
  for (const [path, contents] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), contents);
  }
  return root;
}
