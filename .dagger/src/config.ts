import { type Document, isMap, isNode, LineCounter, parseDocument } from "yaml";
import * as z from "zod";

const duration = z
  .string()
  .regex(/^\d+(?:s|m|h)$/, "a duration such as 90s, 10m or 1h")
  .describe("A duration: a whole number of s, m or h");

const component = z.strictObject({
  path: z.string().min(1).describe("Folder of the Python package, relative to the repository"),
  coverage: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe("Least part of the lines that its tests must run, in percent"),
});

const stage = z.strictObject({
  timeout: duration.optional().describe("How long one tool may run before it is ended"),
});

/** What kitchen.yaml may say. Without the file, or a part of it, the layout is detected. */
export const configSchema = z
  .strictObject({
    components: z
      .record(z.string().regex(/^[a-z][a-z0-9-]*$/, "lower-case letters, digits and -"), component)
      .optional()
      .describe("The Python packages, by name"),
    terraform: z
      .array(z.string().min(1))
      .optional()
      .describe("Folders with Terraform, relative to the repository"),
    baseline: z
      .string()
      .min(1)
      .optional()
      .describe("File of findings that are accepted for now: `call reports ci baseline` makes it"),
    stages: z
      .strictObject({
        lint: stage.optional(),
        typecheck: stage.optional(),
        securityScan: stage.optional(),
        unitTest: stage.optional(),
      })
      .optional()
      .describe("Settings of the stages"),
  })
  .describe("Kitchen's configuration");

type RawConfig = z.infer<typeof configSchema>;
export type StageName = "lint" | "typecheck" | "securityScan" | "unitTest";

export interface Component {
  readonly name: string;
  readonly path: string;
  /** percent */
  readonly coverage: number | undefined;
}

/** kitchen.yaml and what was detected, complete. */
export interface Config {
  readonly components: readonly Component[];
  readonly terraform: readonly string[];
  /** folders that hold a Dockerfile */
  readonly dockerfiles: readonly string[];
  readonly baseline: string | undefined;
  /** seconds */
  readonly timeouts: Readonly<Record<StageName, number>>;
}

/** kitchen.yaml cannot be used; the message names each mistake with its line. */
export class ConfigError extends Error {}

const defaultTimeout = 900; // seconds

/**
 * Reads kitchen.yaml (or nothing) against the paths that the repository has.
 *
 * @param text contents of the file, undefined when there is none
 * @param paths every `pyproject.toml`, `*.tf` and Dockerfile of the repository, relative to its root
 */
export function readConfig(text: string | undefined, paths: readonly string[]): Config {
  const raw = text === undefined ? {} : parse(text, paths);
  const named = Object.entries(raw.components ?? {}).map(([name, { path, coverage }]) => ({
    name,
    path: clean(path),
    coverage,
  }));
  const seconds = (name: StageName) => toSeconds(raw.stages?.[name]?.timeout);
  return {
    components: raw.components ? named : detectComponents(paths),
    terraform: raw.terraform?.map(clean) ?? detectTerraform(paths),
    dockerfiles: detectDockerfiles(paths),
    baseline: raw.baseline,
    timeouts: {
      lint: seconds("lint"),
      typecheck: seconds("typecheck"),
      securityScan: seconds("securityScan"),
      unitTest: seconds("unitTest"),
    },
  };
}

/**
 * Every folder with a pyproject.toml; not one inside another's, which are samples of its tests, and
 * not the root when there are others: that one holds what they share.
 */
function detectComponents(paths: readonly string[]): Component[] {
  const folders = paths.filter((path) => basename(path) === "pyproject.toml").map(folderOf);
  const outer = folders.filter((path) =>
    path === "." ? folders.length === 1 : !folders.some((other) => path.startsWith(`${other}/`)),
  );
  const named = outer.map((path) => ({ name: basename(path), path }));
  const unique = new Set(named.map(({ name }) => name)).size === named.length;
  return named.map(({ name, path }) => ({ name: unique ? name : path, path, coverage: undefined }));
}

/** For each top folder with Terraform, the deepest folder that holds all of it: `infra`. */
function detectTerraform(paths: readonly string[]): string[] {
  const shared = new Map<string, string[]>();
  for (const path of paths.filter((each) => each.endsWith(".tf"))) {
    const parts = folderOf(path).split("/");
    const top = parts[0] as string;
    const other = shared.get(top) ?? parts;
    const differs = parts.findIndex((part, index) => part !== other[index]);
    shared.set(top, differs < 0 ? parts : parts.slice(0, differs));
  }
  return shared.has(".") ? ["."] : [...shared.values()].map((parts) => parts.join("/"));
}

/** Names of Dockerfiles, as patterns. */
export const dockerfileNames = ["Dockerfile", "Dockerfile.*", "*.Dockerfile"] as const;

function detectDockerfiles(paths: readonly string[]): string[] {
  const name = /^(?:Dockerfile(?:\..+)?|.+\.Dockerfile)$/s;
  return [...new Set(paths.filter((path) => name.test(basename(path))).map(folderOf))];
}

function basename(path: string): string {
  return path.split("/").at(-1) as string;
}

function folderOf(path: string): string {
  return path.split("/").slice(0, -1).join("/") || ".";
}

function parse(text: string, paths: readonly string[]): RawConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const mistakes = document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `kitchen.yaml:${line}:${col} ${message}`;
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes.join("\n"));
  const parsed = configSchema.safeParse(document.toJS() ?? {});
  if (!parsed.success) {
    const messages = parsed.error.issues.flatMap((issue) => explain(issue, document, lines));
    throw new ConfigError(messages.join("\n"));
  }
  const missing = missingFolders(parsed.data, paths, document, lines);
  if (missing.length > 0) throw new ConfigError(missing.join("\n"));
  return parsed.data;
}

type Path = readonly PropertyKey[];

function explain(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const near = nearest(key, knownKeys(issue.path));
      const hint = near ? ` (did you mean ${near}?)` : "";
      return `${placeOf([...issue.path, key], document, lines)} unknown key ${key}${hint}`;
    });
  }
  const value: unknown = document.getIn(issue.path.map(String));
  const given = value === undefined || isNode(value) ? "" : `, not ${JSON.stringify(value)}`;
  const name = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return [`${placeOf(issue.path, document, lines)} ${name}${issue.message}${given}`];
}

function missingFolders(
  { components = {}, terraform = [] }: RawConfig,
  paths: readonly string[],
  document: Document,
  lines: LineCounter,
): string[] {
  const has = (folder: string) =>
    folder === "." || paths.some((path) => path.startsWith(`${folder}/`));
  const mistakes: string[] = [];
  for (const [name, { path }] of Object.entries(components)) {
    if (paths.includes(clean(`${path}/pyproject.toml`))) continue;
    const place = placeOf(["components", name, "path"], document, lines);
    mistakes.push(`${place} ${path}: there is no ${path}/pyproject.toml in the source`);
  }
  for (const [index, path] of terraform.entries()) {
    if (has(clean(path))) continue;
    const place = placeOf(["terraform", index], document, lines);
    mistakes.push(`${place} ${path}: there are no *.tf files below ${path} in the source`);
  }
  return mistakes;
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

function knownKeys(path: Path): string[] {
  if (path.length === 0) return Object.keys(configSchema.shape);
  if (path[0] === "components" && path.length === 2) return Object.keys(component.shape);
  if (path[0] !== "stages") return [];
  return path.length === 1
    ? ["lint", "typecheck", "securityScan", "unitTest"]
    : Object.keys(stage.shape);
}

/** The known key that differs by the fewest letters, if few differ at all. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((key) => ({ key, distance: editDistance(word.toLowerCase(), key.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, word.length / 3) ? best.key : undefined;
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

function clean(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return parts.join("/") || ".";
}

function toSeconds(text: string | undefined): number {
  if (!text) return defaultTimeout;
  const unit = { s: 1, m: 60, h: 3600 }[text.at(-1) as "s" | "m" | "h"];
  return Number.parseInt(text, 10) * unit;
}
