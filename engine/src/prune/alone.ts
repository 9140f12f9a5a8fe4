import type { CacheFolder } from "../cache-folder.ts";
import { untilFree, withLockHeld } from "../runner/process-lock.ts";
import { digestOfBytes } from "../tree/digest.ts";

const lock = digestOfBytes("prune");

/**
 * Runs `work` while no process begins to use a cache folder. Those that use it already have their
 * folder in `tmp`; those that begin make theirs first and look at the lock then (`untilPruned`), so
 * that either they are seen, or they wait.
 */
export async function withCacheToOneself<T>(
  cache: CacheFolder,
  { signal, yields = false }: { signal: AbortSignal; yields?: boolean },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const wanted = new AbortController();
  const onWaiting = () => {
    if (yields) wanted.abort(new Error("another process wants the cache folder"));
  };
  const release = await withLockHeld(cache, lock, signal, onWaiting);
  try {
    return await work(AbortSignal.any([signal, wanted.signal]));
  } finally {
    release();
  }
}

/** Waits until nobody prunes a cache folder; says before that it does. */
export function untilPruned(
  cache: CacheFolder,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  return untilFree(cache, lock, signal, () =>
    say(`another process makes room in ${cache.root}: waiting until it has`),
  );
}
