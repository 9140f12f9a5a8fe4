import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type CacheFolder, noteUse } from "../cache-folder.ts";
import { type Digest, hexOf, type Json } from "../tree/digest.ts";
import type { Context } from "./context.ts";
import type { OperationKind } from "./operation.ts";

/** The answer kept on disk for a key, or undefined when there is none that is whole. */
export async function keptResult(
  kind: OperationKind,
  key: Digest,
  context: Context,
): Promise<unknown> {
  if (!kind.caching.keep) return undefined;
  const path = resultPath(context.cache, key);
  let text: string;
  try {
    // The time of the last use is what pruning goes by. It is noted before we look whether what the
    // answer names is there: from then on it stays there (prune/prune.ts).
    noteUse(path);
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const kept = parse(text);
  if (kept === undefined) return undefined;
  return kind.caching.restore(kept, context, key);
}

/** Keeps an answer: it is there whole, or not at all. */
export async function keepResult(
  kind: OperationKind,
  key: Digest,
  result: unknown,
  context: Context,
): Promise<void> {
  if (!kind.caching.keep) return;
  const path = resultPath(context.cache, key);
  const draft = join(context.cache.tmp, randomUUID());
  await mkdir(dirname(path), { recursive: true });
  await writeFile(draft, JSON.stringify(await kind.caching.store(result, context)));
  await rename(draft, path);
}

function resultPath(cache: CacheFolder, key: Digest): string {
  const hex = hexOf(key);
  return join(cache.results, hex.slice(0, 2), hex.slice(2));
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
