/** What is wrong in kitchen.yaml, in words, with its line. */
import { type Document, isMap, isNode, isScalar, type LineCounter } from "yaml";
import * as z from "zod";
import { nearest } from "../did-you-mean.ts";
import { cleanPath } from "../layout.ts";
import { parseThreshold, ThresholdError } from "../threshold.ts";
import { configSchema, type RawConfig } from "./schema.ts";

/** Mistakes in the order of their places. */
export function byPlace(one: string, other: string): number {
  const place = (text: string) => /:(\d+):(\d+) /.exec(text)?.slice(1).map(Number) ?? [0, 0];
  const [line = 0, column = 0] = place(one);
  const [otherLine = 0, otherColumn = 0] = place(other);
  return line - otherLine || column - otherColumn;
}

type Path = readonly PropertyKey[];

/** What the schema does not allow. */
export function explain(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const near = nearest(key, knownKeys(issue.path));
      const hint = near ? ` (did you mean ${near}?)` : "";
      return `${placeOf([...issue.path, key], document, lines)} unknown key ${key}${hint}`;
    });
  }
  if (issue.code === "invalid_key") {
    const why = issue.issues.map(({ message }) => message).join(", ");
    const key = String(issue.path.at(-1));
    return [`${placeOf(issue.path, document, lines)} name ${key}: use ${why}`];
  }
  const value: unknown = document.getIn(issue.path.map(String));
  const given = value === undefined || isNode(value) ? "" : `, not ${JSON.stringify(value)}`;
  const name = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return [`${placeOf(issue.path, document, lines)} ${name}${issue.message}${given}`];
}

/** What it names and the source has not. */
export function missingFolders(
  { components = {}, terraform = [], environments = {} }: RawConfig,
  paths: readonly string[],
  document: Document,
  lines: LineCounter,
): string[] {
  const has = (folder: string) =>
    paths.some((path) => path.endsWith(".tf") && (folder === "." || path.startsWith(`${folder}/`)));
  const mistakes: string[] = [];
  for (const [name, { path }] of Object.entries(components)) {
    if (paths.includes(cleanPath(`${path}/pyproject.toml`))) continue;
    const place = placeOf(["components", name, "path"], document, lines);
    mistakes.push(`${place} ${path}: there is no ${path}/pyproject.toml in the source`);
  }
  for (const [index, path] of terraform.entries()) {
    if (has(cleanPath(path))) continue;
    const place = placeOf(["terraform", index], document, lines);
    mistakes.push(`${place} ${path}: there are no *.tf files below ${path} in the source`);
  }
  for (const [name, { path }] of Object.entries(environments)) {
    if (path === undefined) continue;
    const root = cleanPath(path) === "." ? "" : `${cleanPath(path)}/`;
    const isIn = (file: string) => file.startsWith(root) && !file.slice(root.length).includes("/");
    if (paths.some((file) => file.endsWith(".tf") && isIn(file))) continue;
    const place = placeOf(["environments", name, "path"], document, lines);
    mistakes.push(`${place} ${path}: there are no *.tf files in ${path} in the source`);
  }
  return mistakes;
}

/** The place of a mistake is in the text of a threshold, not where that begins. */
export function wrongThresholds(raw: RawConfig, document: Document, lines: LineCounter): string[] {
  return (raw.stages?.loadTest?.thresholds ?? []).flatMap((text, index) => {
    try {
      parseThreshold(text);
      return [];
    } catch (error) {
      if (!(error instanceof ThresholdError)) throw error;
      const path = ["stages", "loadTest", "thresholds", index];
      const node = document.getIn(path, true);
      const quote = isScalar(node) && node.type?.startsWith("QUOTE") ? 1 : 0;
      const start = (isScalar(node) ? node.range?.[0] : undefined) ?? 0;
      const { line, col } = lines.linePos(start + quote + error.offset);
      return [`kitchen.yaml:${line}:${col} ${path.join(".")}: ${error.message}`];
    }
  });
}

function placeOf(path: Path, document: Document, lines: LineCounter): string {
  for (let length = path.length; length > 0; length--) {
    const parent =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (!isMap(parent)) {
      const node = document.getIn(path.slice(0, length), true) as { range?: [number] } | undefined;
      if (node?.range) return at(node.range[0]);
      continue;
    }
    const pair = parent.items.find(({ key }) => String(key) === String(path[length - 1]));
    const key = pair?.key as { range?: [number] } | undefined;
    if (key?.range) return at(key.range[0]);
  }
  return "kitchen.yaml:1:1";

  function at(offset: number): string {
    const { line, col } = lines.linePos(offset);
    return `kitchen.yaml:${line}:${col}`;
  }
}

/** The keys that the schema has at a place. */
function knownKeys(path: Path): string[] {
  let at: unknown = configSchema;
  for (const key of [...path, undefined]) {
    while (at instanceof z.ZodOptional || at instanceof z.ZodDefault) at = at.unwrap();
    if (at instanceof z.ZodUnion) {
      const objects = at.options.filter((each) => each instanceof z.ZodObject);
      if (key === undefined)
        return [...new Set(objects.flatMap((each) => Object.keys(each.shape)))];
      [at] = objects;
    }
    if (key === undefined) break;
    if (at instanceof z.ZodObject) at = at.shape[String(key)];
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else if (at instanceof z.ZodArray) at = at.element;
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}
