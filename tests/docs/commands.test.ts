import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readPages, root } from "../../scripts/docs/pages.mjs";
import { galleyPath } from "../end-to-end/repository.ts";

/** Blocks of code of all pages, by their language. */
const blocks = (language: string) =>
  readPages().flatMap(({ path, tokens }) =>
    tokens
      .filter(({ type, info }) => type === "fence" && info === language)
      .map(({ content, map }) => ({ place: `${path}:${(map?.[0] ?? 0) + 1}`, content })),
  );

/** Calls of the module in blocks that are commands: `…` stands for what the reader knows. */
function callsOf(content: string): string[] {
  const lines = content.replace(/ *\\\n\s*/gu, " ").split("\n");
  return lines.flatMap((line) => {
    const [, words = ""] = /^(?:dagger|galley|npx galley) (call .*)$/u.exec(line.trim()) ?? [];
    const plain = words.replace(/\s#.*$/u, "").replace(/--\S+ …|\s…/gu, "");
    // The module is this one, wherever the reader has it.
    return plain === "" ? [] : [plain.replace(/ -m \S+/u, " -m .")];
  });
}

test("every command in the documentation is one that the module has", async () => {
  const calls = blocks("sh").flatMap(({ place, content }) =>
    callsOf(content).map((words) => ({ place, words })),
  );
  const left = [...new Map(calls.map((each) => [each.words, each])).values()];
  expect(left.length).toBeGreaterThan(20);
  const wrong: string[] = [];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) {
      const problem = await refused(next.words);
      if (problem) wrong.push(`${next.place} ${next.words}: ${problem}`);
    }
  };
  await Promise.all([worker(), worker()]);
  expect(wrong.sort()).toEqual([]);
}, 300_000);

/** What galley says against a command, without running it: `--help` is asked for after its words. */
async function refused(command: string): Promise<string | undefined> {
  const env = { PATH: process.env.PATH ?? "", HOME: "/", KITCHEN: "x" };
  const script = `set -- ${command.replace(/</gu, "\\<")}; printf '%s\\n' "$@"`;
  const words = execFileSync("bash", ["-c", script], { encoding: "utf8", env })
    .trimEnd()
    .split("\n");
  const child = spawn(process.execPath, [galleyPath, ...words, "--help"], {
    cwd: root,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => {
    stderr += bytes.toString("utf8");
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  return code === 0 ? undefined : stderr.trim();
}

test("the check that a guide shows is the one that runs", () => {
  const [shown] = blocks("ts").filter(({ place }) => place.includes("writing-a-check"));
  const source = readFileSync(join(root, "examples/consumer/.dagger/src/index.ts"), "utf8");
  const [, ...body] = (shown?.content ?? "").trimEnd().split("\n");
  expect(body.length).toBeGreaterThan(8);
  expect(source).toContain(body.map((line) => (line === "" ? "" : `  ${line}`)).join("\n"));
});
