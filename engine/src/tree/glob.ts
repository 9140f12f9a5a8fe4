import { ApiError } from "./api-error.ts";
import { walk } from "./paths.ts";
import { patternSource } from "./patterns.ts";
import type { Tree } from "./tree.ts";

/** Paths that match, in the order of a depth-first walk; directories end with a slash. */
export function glob(tree: Tree, pattern: string): string[] {
  const regex = new RegExp(`^${sourceOf(pattern)}$`, "su");
  const found: string[] = [];
  for (const [path, node] of walk(tree)) {
    if (regex.test(path)) found.push(node.kind === "directory" ? `${path}/` : path);
  }
  return found;
}

function sourceOf(pattern: string): string {
  if (pattern === "") throw new ApiError("failed to create glob pattern matcher: empty pattern");
  try {
    return patternSource(pattern.replace(/^(\.\/)+/u, ""));
  } catch (error) {
    throw new ApiError(`failed to create glob pattern matcher: ${(error as Error).message}`);
  }
}
