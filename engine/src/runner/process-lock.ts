import { connect, createServer } from "node:net";
import type { CacheFolder } from "../cache-folder.ts";
import { type Digest, digestOfJson, hexOf } from "../tree/digest.ts";

/** Gives a lock back. */
export type Release = () => void;

/**
 * Runs `work` while no other process of this machine holds the same key of the same cache.
 *
 * The lock is a socket in Linux's abstract namespace: the kernel lets one process bind the name,
 * gives it back however that process ends, and tells those who wait by closing their connection.
 */
export async function withLock<T>(
  cache: CacheFolder,
  key: Digest,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const release = await withLockHeld(cache, key, signal);
  try {
    return await work();
  } finally {
    release();
  }
}

/** Waits for the lock; the caller gives it back, and is told when somebody waits for that. */
export async function withLockHeld(
  cache: CacheFolder,
  key: Digest,
  signal: AbortSignal,
  onWaiting?: () => void,
): Promise<Release> {
  for (;;) {
    signal.throwIfAborted();
    const release = await tryLock(cache, key, onWaiting);
    if (release) return release;
    await untilFree(cache, key, signal);
  }
}

/** Takes the lock if it is free. */
export function tryLock(
  cache: CacheFolder,
  key: Digest,
  onWaiting?: () => void,
): Promise<Release | undefined> {
  return tryName(nameOf(cache, key), onWaiting);
}

/** Takes a name of this machine, whatever it stands for, if no other process has it. */
export function tryName(name: string, onWaiting?: () => void): Promise<Release | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<{ destroy(): void }>();
    const server = createServer((socket) => {
      waiting.add(socket);
      onWaiting?.();
      socket.unref();
      socket.on("error", () => undefined);
      socket.on("close", () => waiting.delete(socket));
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(addressOf(name), () => {
      server.unref();
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      });
    });
  });
}

function addressOf(name: string): string {
  return `\0galley/${name}`;
}

function nameOf(cache: CacheFolder, key: Digest): string {
  return hexOf(digestOfJson([cache.root, key]));
}

/** Waits while somebody holds the lock; `onHeld` is called when somebody does. */
export function untilFree(
  cache: CacheFolder,
  key: Digest,
  signal: AbortSignal,
  onHeld?: () => void,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(addressOf(nameOf(cache, key)));
    if (onHeld) socket.on("connect", onHeld);
    const stop = () => socket.destroy();
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
  });
}
