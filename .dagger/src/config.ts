import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import * as z from "zod";
import { nearest } from "./did-you-mean.ts";
import { duration, toSeconds } from "./duration.ts";
import {
  type Environment,
  environmentsSchema,
  policySchema,
  readEnvironments,
} from "./environment-config.ts";
import {
  cleanPath as clean,
  detectComponents,
  detectDockerfiles,
  detectTerraform,
} from "./layout.ts";
import {
  approvalSchema,
  type ReleaseConfig,
  readReleaseConfig,
  releaseSchema,
} from "./release-config.ts";
import { parseThreshold, type Threshold, ThresholdError } from "./threshold.ts";

const image = z.strictObject({
  maxSize: z
    .string()
    .regex(/^\d+(?:\.\d+)?(?:kB|MB|GB)$/, "a size such as 500kB, 120MB or 1.5GB")
    .optional()
    .describe("Most that its layers may have together, compressed: kB, MB or GB (powers of 1000)"),
});

const component = z.strictObject({
  path: z.string().min(1).describe("Folder of the Python package, relative to the repository"),
  coverage: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe("Least part of the lines that its tests must run, in percent"),
  image: z
    .union([z.boolean(), image], { error: "true, false, or settings such as maxSize" })
    .optional()
    .describe("Its container image; false: it has none"),
});

const stage = z.strictObject({
  timeout: duration.optional().describe("How long one tool may run before it is ended"),
});

const wholeNumber = z.int().min(1);

const loadTest = z.strictObject({
  locustfile: z.string().min(1).optional().describe("The locustfile (default: the only one)"),
  users: wholeNumber.optional().describe("Users at the same time (default 10)"),
  spawnRate: wholeNumber.optional().describe("Users that start each second (default 10)"),
  duration: duration.optional().describe("How long is measured (default 60s)"),
  warmUp: duration
    .optional()
    .describe(
      "How long before that load is made that does not count (default: until all are there)",
    ),
  thresholds: z
    .array(z.string())
    .optional()
    .describe("What has to hold: `p95 < 300ms`, `errors < 1%`, `rps > 50 on GET /menu`"),
  maxRegression: z
    .int()
    .min(0)
    .optional()
    .describe("By how much it may be worse than an accepted run, in percent (default 10)"),
});

const integrationTest = z.strictObject({
  timeout: duration.optional().describe("How long starting and the pipeline may take together"),
  service: z.string().optional().describe("The component that answers HTTP"),
  airflow: z.string().optional().describe("The component with Airflow and the DAGs"),
  dag: z.string().optional().describe("The DAG that is run"),
  tests: z.string().min(1).optional().describe("Folder of pytest's tests of what is running"),
  env: z
    .record(z.string(), z.string())
    .optional()
    .describe("Variables of the service in a fresh stack; PostgreSQL is kitchen@postgres/kitchen"),
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
    environments: environmentsSchema
      .optional()
      .describe("The Terraform root modules that are planned and applied, by name"),
    policy: policySchema.optional(),
    repository: z
      .url()
      .optional()
      .describe("Address of the repository: images name it as their source"),
    release: releaseSchema.optional(),
    approval: approvalSchema.optional(),
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
        images: z
          .strictObject({
            timeout: duration.optional().describe("How long publishing one image may take"),
          })
          .optional(),
        integrationTest: integrationTest.optional(),
        loadTest: loadTest.optional(),
        terraform: z
          .strictObject({
            timeout: duration
              .optional()
              .describe("How long a plan or an apply may take before it is ended (default: 1h)"),
          })
          .optional(),
      })
      .optional()
      .describe("Settings of the stages"),
  })
  .describe("Kitchen's configuration");

type RawConfig = z.infer<typeof configSchema>;
export type StageName =
  | "lint"
  | "typecheck"
  | "securityScan"
  | "unitTest"
  | "images"
  | "integrationTest"
  | "terraform";

export interface Component {
  readonly name: string;
  readonly path: string;
  /** percent */
  readonly coverage: number | undefined;
  readonly image: {
    readonly build: boolean;
    /** bytes of its compressed layers together */
    readonly maxSize: number | undefined;
  };
}

/** kitchen.yaml and what was detected, complete. */
export interface Config {
  readonly components: readonly Component[];
  readonly terraform: readonly string[];
  readonly environments: readonly Environment[];
  /** folders that hold a Dockerfile */
  readonly dockerfiles: readonly string[];
  /** address of the repository, for people */
  readonly repository: string | undefined;
  readonly baseline: string | undefined;
  readonly integrationTest: IntegrationTestConfig;
  readonly loadTest: LoadTestConfig;
  readonly release: ReleaseConfig;
  /** seconds */
  readonly timeouts: Readonly<Record<StageName, number>>;
}

/** What an integration test starts, runs and asks. */
export interface IntegrationTestConfig {
  /** names of components */
  readonly service: string | undefined;
  readonly airflow: string | undefined;
  readonly dag: string | undefined;
  /** relative to the repository */
  readonly tests: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** Settings of the load test; times in seconds. */
export interface LoadTestConfig {
  /** relative to the repository; undefined when there is none, or more than one */
  readonly locustfile: string | undefined;
  readonly users: number;
  readonly spawnRate: number;
  readonly duration: number;
  /** undefined: as long as it takes to start all users */
  readonly warmUp: number | undefined;
  readonly thresholds: readonly Threshold[];
  /** percent */
  readonly maxRegression: number;
}

/** kitchen.yaml cannot be used; the message names each mistake with its line. */
export class ConfigError extends Error {}

const defaultTimeout = "15m";

/**
 * Reads kitchen.yaml (or nothing) against the paths that the repository has.
 *
 * @param text contents of the file, undefined when there is none
 * @param paths every `pyproject.toml`, `*.tf` and Dockerfile of the repository, relative to its root
 */
export function readConfig(text: string | undefined, paths: readonly string[]): Config {
  const raw = text === undefined ? {} : parse(text, paths);
  const named = Object.entries(raw.components ?? {}).map(
    ([name, { path, coverage, image }]): Component => ({
      name,
      path: clean(path),
      coverage,
      image: {
        build: image !== false,
        maxSize: toBytes(typeof image === "object" ? image.maxSize : undefined),
      },
    }),
  );
  const seconds = (name: StageName, otherwise = defaultTimeout) =>
    toSeconds(raw.stages?.[name]?.timeout ?? otherwise);
  return {
    components: raw.components ? named : detectComponents(paths),
    terraform: raw.terraform?.map(clean) ?? detectTerraform(paths),
    environments: readEnvironments(raw, paths),
    dockerfiles: detectDockerfiles(paths),
    repository: raw.repository,
    baseline: raw.baseline,
    integrationTest: integrationTestOf(raw.stages?.integrationTest ?? {}),
    loadTest: loadTestOf(raw.stages?.loadTest ?? {}, paths),
    release: readReleaseConfig(raw),
    timeouts: {
      lint: seconds("lint"),
      typecheck: seconds("typecheck"),
      securityScan: seconds("securityScan"),
      unitTest: seconds("unitTest"),
      images: seconds("images"),
      integrationTest: seconds("integrationTest"),
      terraform: seconds("terraform", "1h"),
    },
  };
}

function integrationTestOf(raw: z.infer<typeof integrationTest>): IntegrationTestConfig {
  return {
    service: raw.service,
    airflow: raw.airflow,
    dag: raw.dag,
    tests: raw.tests === undefined ? undefined : clean(raw.tests),
    env: raw.env ?? {},
  };
}

function loadTestOf(raw: z.infer<typeof loadTest>, paths: readonly string[]): LoadTestConfig {
  const found = paths.filter((path) => /(?:^|\/)locustfile\.py$/.test(path));
  return {
    locustfile: raw.locustfile ? clean(raw.locustfile) : found.length === 1 ? found[0] : undefined,
    users: raw.users ?? 10,
    spawnRate: raw.spawnRate ?? 10,
    duration: toSeconds(raw.duration ?? "60s"),
    warmUp: raw.warmUp === undefined ? undefined : toSeconds(raw.warmUp),
    thresholds: (raw.thresholds ?? []).map(parseThreshold),
    maxRegression: raw.maxRegression ?? 10,
  };
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
    throw new ConfigError(messages.sort(byPlace).join("\n"));
  }
  const missing = [
    ...missingFolders(parsed.data, paths, document, lines),
    ...wrongThresholds(parsed.data, document, lines),
  ];
  if (missing.length > 0) throw new ConfigError(missing.sort(byPlace).join("\n"));
  return parsed.data;
}

function byPlace(one: string, other: string): number {
  const place = (text: string) => /:(\d+):(\d+) /.exec(text)?.slice(1).map(Number) ?? [0, 0];
  const [line = 0, column = 0] = place(one);
  const [otherLine = 0, otherColumn = 0] = place(other);
  return line - otherLine || column - otherColumn;
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

function missingFolders(
  { components = {}, terraform = [], environments = {} }: RawConfig,
  paths: readonly string[],
  document: Document,
  lines: LineCounter,
): string[] {
  const has = (folder: string) =>
    paths.some((path) => path.endsWith(".tf") && (folder === "." || path.startsWith(`${folder}/`)));
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
  for (const [name, { path }] of Object.entries(environments)) {
    const root = clean(path) === "." ? "" : `${clean(path)}/`;
    const isIn = (file: string) => file.startsWith(root) && !file.slice(root.length).includes("/");
    if (paths.some((file) => file.endsWith(".tf") && isIn(file))) continue;
    const place = placeOf(["environments", name, "path"], document, lines);
    mistakes.push(`${place} ${path}: there are no *.tf files in ${path} in the source`);
  }
  return mistakes;
}

/** The place of a mistake is in the text of a threshold, not where that begins. */
function wrongThresholds(raw: RawConfig, document: Document, lines: LineCounter): string[] {
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
    while (at instanceof z.ZodOptional) at = at.unwrap();
    if (at instanceof z.ZodUnion) at = at.options.find((each) => each instanceof z.ZodObject);
    if (key === undefined) break;
    if (at instanceof z.ZodObject) at = at.shape[String(key)];
    else if (at instanceof z.ZodRecord) at = at.valueType;
    else return [];
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

function toBytes(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const unit = { kB: 1e3, MB: 1e6, GB: 1e9 }[text.slice(-2) as "kB" | "MB" | "GB"];
  return Math.round(Number.parseFloat(text) * unit);
}
