import { createHash } from "node:crypto";
import { CacheSharingMode, dag } from "@dagger.io/dagger";
import * as z from "zod";
import type { RawFinding } from "../../report/finding.ts";
import { componentLock } from "../../toolbox/component-lock.ts";
import { componentVenv, pythonTool, toolVenv, withDependencies } from "../../toolbox/python.ts";
import { repositoryPath } from "../repository-path.ts";
import { styledComponents } from "../targets.ts";
import type { Target, Tool } from "../tool.ts";

const line = z.object({
  file: z.string(),
  line: z.number(),
  column: z.number(),
  message: z.string(),
  hint: z.string().nullish(),
  code: z.string().nullish(),
  severity: z.enum(["error", "note"]),
});

/**
 * What mypy knows from before, for each component and its lock. With files that are touched it compares
 * what they hold, and not their times (docs/decisions/042).
 */
const cacheFolder = "/var/cache/mypy";

/**
 * mypy: types of Python, in a virtual environment of its own (its version is Kitchen's, whatever
 * the component pins), against the component's dependencies. 2 is a crash or a syntax error.
 */
export const mypy: Tool = {
  name: "mypy",
  version: [`${toolVenv}/bin/mypy`, "--version"],
  targets: styledComponents,
  async container(target) {
    const lock = await componentLock(target.source, target.path);
    const about = `${target.path}\n${await lock.contents()}`;
    const digest = createHash("sha256").update(about).digest("hex").slice(0, 16);
    return withDependencies(await pythonTool("typecheck"), lock).withMountedCache(
      cacheFolder,
      dag.cacheVolume(`kitchen-mypy-${digest}`),
      { sharing: CacheSharingMode.Locked },
    );
  },
  async command(target) {
    const settings = await target.source
      .file("pyproject.toml")
      .contents()
      .catch(() => "");
    const section = settings.split(/^\[tool\.mypy\]$/m)[1]?.split(/^\[/m)[0] ?? "";
    const named = /^(?:files|packages|modules)\s*=/m.test(section);
    return [
      ...["sh", "-c", `find . -name "*.py*" -type f -exec touch {} + && exec "$@"`, "sh"],
      `${toolVenv}/bin/mypy`,
      ...["--output", "json", "--python-executable", `${componentVenv}/bin/python`],
      ...["--cache-dir", cacheFolder, "--show-error-end"],
      ...(named ? [] : ["."]),
    ];
  },
  exitCodes: { 0: "clean", 1: "findings", 2: "findings" },
  notRun: ({ stderr, exitCode }) =>
    exitCode === 2 && stderr.includes("There are no .py[i] files") ? "no Python files" : undefined,
  parse: ({ stdout, stderr }, target) => ({
    findings: [
      ...stdout
        .split("\n")
        .filter((text) => text.startsWith("{"))
        .map((text) => line.parse(JSON.parse(text)))
        .filter(({ severity }) => severity === "error")
        .map((each) => finding(each, target)),
      ...unreadable(stderr, target),
    ],
  }),
};

/** Files that it cannot open or decode are named in words, whatever the output's format. */
function* unreadable(log: string, target: Target): Generator<RawFinding> {
  for (const [, path = "", message = ""] of log.matchAll(
    /^(.+?): error: (Cannot (?:read|decode) file: .+)$/gm,
  )) {
    const place = { path: repositoryPath(target, path), line: 1, column: 1 };
    yield { tool: "mypy", rule: "cannot-read", level: "error", message, ...place };
  }
}

function finding(each: z.infer<typeof line>, target: Target): RawFinding {
  const rule = each.code ?? "error";
  return {
    tool: "mypy",
    rule,
    level: "error",
    message: each.hint ? `${each.message} (${each.hint.replace(/\n/g, " ")})` : each.message,
    path: repositoryPath(target, each.file),
    line: Math.max(1, each.line),
    column: Math.max(1, each.column + 1),
    helpUrl: `https://mypy.readthedocs.io/en/stable/_refs.html#code-${rule}`,
  };
}
