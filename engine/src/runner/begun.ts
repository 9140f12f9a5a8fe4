import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Waits until the process whose number crun writes is no longer crun's own, but the command. */
export async function begun(pidFile: string, ended: Promise<unknown>): Promise<void> {
  let over = false;
  const done = () => {
    over = true;
  };
  ended.then(done, done);
  while (!over && !isCommand(pidFile)) await sleep(10);
}

/** crun's child is crun, too, until it becomes the command. */
function isCommand(pidFile: string): boolean {
  try {
    const pid = readFileSync(pidFile, "utf8");
    const [, parent] = /^PPid:\t(\d+)$/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return executable(pid) !== executable(parent as string);
  } catch {
    return false; // not written yet, or ended already
  }
}

function executable(pid: string): string {
  const { dev, ino } = statSync(`/proc/${pid}/exe`);
  return `${dev}:${ino}`;
}
