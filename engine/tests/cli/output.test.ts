import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scratchFolder } from "../server/open.ts";

test("all of a long answer comes through a pipe that is read slowly", async () => {
  const folder = scratchFolder();
  const contents = "x".repeat(300_000);
  const query = `{file(name:"a",contents:${JSON.stringify(contents)}){contents}}`;
  writeFileSync(join(folder, "query"), query);
  const galley = fileURLToPath(new URL("../../bin/galley.cjs", import.meta.url));
  const child = spawn(process.execPath, [galley, "query", "--silent", "--doc", "query"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await sleep(1500);
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  expect(JSON.parse(text)).toEqual({ file: { contents } });
});
