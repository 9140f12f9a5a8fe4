import { stripVTControlCharacters } from "node:util";

/** Lines kept of one step's output, in memory. */
const kept = 200;

/** The last lines that a step wrote, as far as they can be shown on one line of a terminal. */
export class StepLog {
  private lines: string[] = [];
  private unfinished = "";

  /** Adds output; the answer is the lines that it completed. */
  add(text: string): string[] {
    const parts = (this.unfinished + text).split("\n");
    this.unfinished = (parts.pop() ?? "").slice(-10_000);
    const complete = parts.map(printable);
    this.lines = [...this.lines, ...complete].slice(-kept);
    return complete;
  }

  tail(count: number): string[] {
    const all = this.unfinished === "" ? this.lines : [...this.lines, printable(this.unfinished)];
    return all.slice(-count);
  }
}

/** What a terminal would act upon is left out; of a line that overwrites itself the last part stays. */
function printable(line: string): string {
  const last = line.replace(/\r+$/u, "").replace(/^.*\r/su, "");
  return stripVTControlCharacters(last)
    .replaceAll("\t", "    ")
    .replace(/\p{Cc}/gu, "");
}
