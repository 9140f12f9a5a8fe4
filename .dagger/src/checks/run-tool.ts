import { type Container, ReturnType } from "@dagger.io/dagger";
import * as z from "zod";
import { messageOf } from "../message-of.ts";
import type { RawFinding, ToolRun } from "../report/finding.ts";
import { withFingerprints } from "../report/fingerprint.ts";
import { LockError } from "../toolbox/component-lock.ts";
import { isExecError } from "../toolbox/exec-error.ts";
import {
  outputFolder,
  type Parsed,
  root,
  type Target,
  type Tool,
  type ToolOutput,
} from "./tool.ts";

/** Lines of a tool's output that a report keeps. */
const logLines = 40;

/** Runs a tool on one target. What goes wrong becomes a run with outcome `error`. */
export async function runTool(tool: Tool, target: Target, timeout: number): Promise<ToolRun> {
  let since = Date.now();
  const run = (fields: Partial<ToolRun> & Pick<ToolRun, "outcome">): ToolRun => ({
    tool: tool.name,
    version: "",
    target: target.name,
    exitCode: null,
    log: "",
    findings: [],
    duration: (Date.now() - since) / 1000,
    ...fields,
  });
  try {
    // Made first, so that the time is the tool's own.
    const base = await (await tool.container(target)).sync();
    since = Date.now();
    const [version, output] = await Promise.all([
      versionOf(tool, base),
      execute(tool, target, base, timeout),
    ]);
    return run({ version, ...(await judge(tool, target, output, timeout)) });
  } catch (error) {
    if (error instanceof LockError) return run({ outcome: "error", reason: error.message });
    if (isExecError(error)) {
      const log = tail(`${error.stdout}\n${error.stderr}`);
      const reason = `could not be set up: ${error.cmd.join(" ")}: exit code ${error.exitCode}`;
      return run({ outcome: "error", exitCode: error.exitCode, reason, log });
    }
    return run({
      outcome: "error",
      reason: messageOf(error),
    });
  }
}

async function execute(
  tool: Tool,
  target: Target,
  base: Container,
  timeout: number,
): Promise<ToolOutput> {
  const command = await tool.command(target);
  const folder = `${root}/${target.path}`;
  const done = await (target.settings ? base.withDirectory(root, target.settings) : base)
    .withMountedDirectory(folder, target.source)
    .withWorkdir(folder)
    .withNewFile(`${outputFolder}/.keep`, "")
    .withExec(["timeout", "-k", "10", `${timeout}`, ...command], { expect: ReturnType.Any })
    .sync();
  const [stdout, stderr, exitCode] = await Promise.all([
    done.stdout(),
    done.stderr(),
    done.exitCode(),
  ]);
  const files = await Promise.all(
    (tool.outputs ?? []).map(async (name) => {
      const path = `${outputFolder}/${name}`;
      return [
        name,
        (await done.exists(path)) ? await done.file(path).contents() : undefined,
      ] as const;
    }),
  );
  return { stdout, stderr, exitCode, files: Object.fromEntries(files) };
}

async function judge(
  tool: Tool,
  target: Target,
  output: ToolOutput,
  timeout: number,
): Promise<Partial<ToolRun> & Pick<ToolRun, "outcome">> {
  const { exitCode } = output;
  const log = tail(`${output.stdout}\n${output.stderr}`);
  const ended = endings[exitCode]?.(timeout);
  if (ended) return { outcome: "error", exitCode, reason: ended, log };
  const notRun = tool.notRun?.(output);
  if (notRun) return { outcome: "not-run", exitCode, reason: notRun, log: "" };
  const meaning = tool.exitCodes[exitCode];
  if (!meaning) return { outcome: "error", exitCode, reason: `exit code ${exitCode}`, log };
  const parsed = parse(tool, output, target);
  const findings = await fingerprinted(parsed.findings, target);
  const extra = {
    exitCode,
    findings,
    ...(parsed.tests ? { tests: parsed.tests } : {}),
    ...(parsed.coverage === undefined ? {} : { coverage: parsed.coverage }),
  };
  if (parsed.problem) return { outcome: "error", ...extra, reason: parsed.problem, log };
  if (meaning === "findings" && findings.length === 0) {
    const reason = `exit code ${exitCode}, but nothing in its output says what was found`;
    return { outcome: "error", ...extra, reason, log };
  }
  if (findings.length === 0) return { outcome: "clean", ...extra, log: "" };
  // Where the findings are on stdout, the report has them already.
  return { outcome: "findings", ...extra, log: tool.outputs ? log : tail(output.stderr) };
}

/** How `timeout` says that it ended a tool: coreutils' with 124, busybox' with the signal. */
const endings: Readonly<Record<number, (timeout: number) => string>> = {
  124: tooLong,
  143: tooLong,
  137: (timeout) => `was killed: out of memory, or deaf to its end after ${timeout} s`,
};

function tooLong(timeout: number): string {
  return `took longer than ${timeout} s: raise the stage's timeout in kitchen.yaml`;
}

function parse(tool: Tool, output: ToolOutput, target: Target): Parsed {
  try {
    return tool.parse(output, target);
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    return { findings: [], problem: `wrote something else than it should: ${why}` };
  }
}

async function fingerprinted(all: readonly RawFinding[], target: Target) {
  // A module that others use is looked at once for each of them.
  const findings = [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
  const prefix = target.path === "." ? "" : `${target.path}/`;
  const texts = new Map<string, readonly string[]>();
  const paths = [...new Set(findings.map(({ path }) => path))];
  await Promise.all(
    paths.map(async (path) => {
      const inside = path.startsWith(prefix) ? path.slice(prefix.length) : path;
      const text = await target.source
        .file(inside)
        .contents()
        .catch(() => undefined);
      if (text !== undefined) texts.set(path, text.split("\n"));
    }),
  );
  return withFingerprints(findings, (path) => texts.get(path));
}

async function versionOf(tool: Tool, base: Container): Promise<string> {
  if (tool.version.length === 0) return "";
  const text = await base.withExec([...tool.version]).stdout();
  return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? text.trim();
}

function tail(text: string): string {
  return text.trim().split("\n").slice(-logLines).join("\n");
}
