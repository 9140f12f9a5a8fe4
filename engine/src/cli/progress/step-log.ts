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
  return (
    line
      .replace(/\r+$/u, "")
      .replace(/^.*\r/su, "")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
      .replace(
        /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/gu,
        "",
      )
      .replaceAll("\t", "    ")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
      .replace(/[\u0000-\u001f\u007f-\u009f]/gu, "")
  );
}
