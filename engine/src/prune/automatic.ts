import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CacheFolder } from "../cache-folder.ts";
import { parseAge, parseSize, showSize, WrongAmount } from "./amounts.ts";
import { type Limits, prune } from "./prune.ts";

/** Between two looks at how large the cache is, which takes about a second for every 10 GB. */
const interval = 3600 * 1000; // milliseconds

/** `GALLEY_CACHE_SIZE` and `GALLEY_CACHE_AGE`, or what holds without them. */
export function limitsOf(env: NodeJS.ProcessEnv): Limits {
  return {
    maxSize: amount(env, "GALLEY_CACHE_SIZE", "20GB", parseSize),
    maxAge: amount(env, "GALLEY_CACHE_AGE", "30d", parseAge),
  };
}

function amount(
  env: NodeJS.ProcessEnv,
  name: string,
  otherwise: string,
  parse: (text: string) => number,
): number {
  try {
    return parse(env[name] || otherwise);
  } catch (error) {
    throw error instanceof WrongAmount ? new WrongAmount(`${name}: ${error.message}`) : error;
  }
}

/**
 * At the end of a session that made something: keeps the cache within its limits. At most once an
 * hour, and not at all while somebody else wants the cache folder.
 */
export async function pruneNowAndThen(
  cache: CacheFolder,
  limits: Limits,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  const mark = join(cache.root, "last-prune");
  const isNew = !existsSync(mark);
  if (!isNew && Date.now() - statSync(mark).mtimeMs < interval) return;
  writeFileSync(mark, "");
  if (isNew) return;
  const { size, freed } = await prune(cache, { limits, signal, yields: true });
  if (freed > 0)
    say(`the cache took ${showSize(size)}: removed ${showSize(freed)} used longest ago`);
}
