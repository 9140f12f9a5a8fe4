import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openSession } from "../../src/server/session.ts";
import { scratchFolder } from "../server/open.ts";
import { writeModule } from "./write-module.ts";

let template: Promise<string> | undefined;

/** A cache folder of its own, in which the SDK is prepared and nothing else has been done. */
export async function preparedCache(): Promise<string> {
  template ??= prepare();
  const root = scratchFolder();
  cpSync(join(await template, "sdk"), join(root, "sdk"), { recursive: true });
  return root;
}

async function prepare(): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "galley-test-sdk-"));
  const index =
    'import { object, func } from "@dagger.io/dagger"; @object() export class M { @func() f(): string { return ""; } }';
  const session = await openSession({
    cacheRoot: root,
    workdir: writeModule("m", index),
    env: process.env,
  });
  await session.loadModule(".");
  await session.query({ query: "{f}" });
  await session.close();
  return root;
}

afterAll(async () => {
  if (template) rmSync(await template, { recursive: true, force: true });
});
