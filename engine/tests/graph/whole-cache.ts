import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What is not whole in a cache folder, as lines for people; nobody may be using it. */
export function flawsIn(root: string): string[] {
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const flaws: string[] = [];
  const each = (folder: string, check: (path: string, digest: string) => void) => {
    for (const path of twoLevels(root, folder)) check(path, path.replace(/^\w+|\/|-.*$/gu, ""));
  };
  each("blobs", (path, digest) => {
    const bytes = readFileSync(join(root, path));
    const found = createHash("sha256").update(bytes).digest("hex");
    if (found !== digest) flaws.push(`${path}: its contents are ${found}`);
  });
  each("trees", (path) => {
    for (const line of read(path).split("\n")) if (!isJson(line)) flaws.push(`${path}: cut short`);
  });
  each("results", (path) => {
    const text = read(path);
    if (!isJson(text)) flaws.push(`${path}: cut short`);
    for (const [, layer] of text.matchAll(/"([0-9a-f]{12})"/gu)) {
      if (!existsSync(join(root, "layers", layer ?? ""))) flaws.push(`${path}: no layer ${layer}`);
    }
  });
  for (const folder of ["images", "http", "archives", "host-index"]) {
    for (const name of list(join(root, folder)).filter((each) => each.endsWith(".json"))) {
      if (!isJson(read(join(folder, name)))) flaws.push(`${folder}/${name}: cut short`);
    }
  }
  return flaws;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function twoLevels(root: string, folder: string): string[] {
  return list(join(root, folder)).flatMap((name) =>
    list(join(root, folder, name)).map((each) => `${folder}/${name}/${each}`),
  );
}

function list(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
