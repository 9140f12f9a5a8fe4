import { root, type Target } from "./tool.ts";

/** A path that a tool gave, relative to where it stood or absolute, relative to the repository. */
export function repositoryPath(target: Target, path: string): string {
  const inside = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined;
  const parts: string[] = [];
  for (const part of (inside ?? `${target.path}/${path}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}
