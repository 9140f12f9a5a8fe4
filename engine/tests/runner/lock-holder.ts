import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openCacheFolder } from "../../src/cache-folder.ts";
import { withLock } from "../../src/runner/process-lock.ts";
import { digestOfBytes } from "../../src/tree/digest.ts";

/** Holds the lock of `key` for `milliseconds` and writes `in` and `out` around it to `log`. */
const [root, key, milliseconds, log] = process.argv.slice(2) as [string, string, string, string];
const never = new AbortController().signal;
await withLock(openCacheFolder(root), digestOfBytes(key), never, async () => {
  appendFileSync(log, "in\n");
  await sleep(Number(milliseconds));
  appendFileSync(log, "out\n");
});
