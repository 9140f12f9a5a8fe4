import { connect, createServer, type Server } from "node:net";
import type { CacheFolder } from "../runner/cache-folder.ts";
import { type Digest, digestOfJson, hexOf } from "../tree/digest.ts";

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
  const name = `\0galley/${hexOf(digestOfJson([cache.root, key]))}`;
  const held = await acquire(name, signal);
  try {
    return await work();
  } finally {
    held();
  }
}

async function acquire(name: string, signal: AbortSignal): Promise<() => void> {
  for (;;) {
    signal.throwIfAborted();
    const release = await tryListen(name);
    if (release) return release;
    await untilReleased(name, signal);
  }
}

function tryListen(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<{ destroy(): void }>();
    const server: Server = createServer((socket) => {
      waiting.add(socket);
      socket.unref();
      socket.on("error", () => undefined);
      socket.on("close", () => waiting.delete(socket));
    });
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(name, () => {
      server.unref();
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      });
    });
  });
}

function untilReleased(name: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(name);
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
