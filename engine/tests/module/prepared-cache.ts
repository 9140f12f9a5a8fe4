import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { borrow } from "../../src/borrow.ts";
import { openCacheFolder } from "../../src/cache-folder.ts";
import { openSession } from "../../src/server/session.ts";
import { scratchFolder } from "../server/open.ts";
import { writeModule } from "./write-module.ts";

const templates = new Map<string, Promise<string>>();

/**
 * A cache folder of its own, in which the SDK is prepared and nothing has been answered yet. The
 * module that is given is scanned and bundled there already.
 */
export async function preparedCache(workdir?: string): Promise<string> {
  const template = templates.get(workdir ?? "") ?? prepare(workdir);
  templates.set(workdir ?? "", template);
  const cache = openCacheFolder(scratchFolder(), await template);
  await borrow(cache, "sdk");
  if (workdir) await borrow(cache, "modules", { asCopy: true });
  return cache.root;
}

async function prepare(workdir?: string): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), "galley-test-sdk-"));
  // The SDK is built once, for the first template.
  const [first] = templates.values();
  if (first) await borrow(openCacheFolder(root, await first), "sdk");
  const index =
    'import { object, func } from "@dagger.io/dagger"; @object() export class M { @func() f(): string { return ""; } }';
  const session = await openSession({
    cacheRoot: root,
    workdir: workdir ?? writeModule("m", index),
    env: process.env,
  });
  const module = await session.loadModule(".");
  const fn = module?.typeDefs.objects[0]?.functions[0]?.name;
  await session.query({ query: `{${fn}}` });
  await session.close();
  return root;
}

afterAll(async () => {
  for (const template of templates.values()) {
    const root = await template;
    if (existsSync(root)) rmSync(root, { recursive: true, force: true });
  }
});
