import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { partsOf } from "../../tree/paths.ts";
import { patternSource } from "../../tree/patterns.ts";

/** The paths below `root` that patterns mean, name by name; `*` does not cross a slash. */
export function expandIn(root: string, patterns: readonly string[]): string[][] {
  return patterns.flatMap((pattern) => {
    let found: string[][] = [[]];
    for (const part of partsOf(pattern)) found = found.flatMap((above) => below(root, above, part));
    return found;
  });
}

function below(root: string, above: readonly string[], part: string): string[][] {
  if (!/[*?[\\]/u.test(part)) {
    const there = lstatSync(join(root, ...above, part), { throwIfNoEntry: false });
    return there ? [[...above, part]] : [];
  }
  const folder = join(root, ...above);
  if (!lstatSync(folder).isDirectory()) return [];
  const regex = new RegExp(`^${patternSource(part.replace(/\*\*+/gu, "*"))}$`, "su");
  return readdirSync(folder)
    .filter((name) => regex.test(name))
    .map((name) => [...above, name]);
}
