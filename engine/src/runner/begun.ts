import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Waits until the process whose number runc writes is no longer runc's own, but the command. */
export async function begun(pidFile: string, ended: Promise<unknown>): Promise<void> {
  let over = false;
  const done = () => {
    over = true;
  };
  ended.then(done, done);
  while (!over && !isCommand(pidFile)) await sleep(10);
}

function isCommand(pidFile: string): boolean {
  try {
    const pid = readFileSync(pidFile, "utf8");
    return pid !== "" && !readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("runc");
  } catch {
    return false; // not written yet, or ended already
  }
}
