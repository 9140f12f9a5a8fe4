import { cut, widthOf } from "./width.ts";

/** What a screen needs of a terminal. */
export interface Terminal {
  write(text: string): unknown;
  readonly columns?: number;
}

const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
/** Terminals that know these show a whole frame at once. */
const beginFrame = "\u001b[?2026h";
const endFrame = "\u001b[?2026l";
const clearLine = "\u001b[K";
const clearBelow = "\u001b[J";

/** Lines at the bottom of a terminal that are drawn over again, below others that stay. */
export class Screen {
  private drawn: readonly string[] = [];
  private columns: number;
  private hidden = false;

  constructor(private readonly terminal: Terminal) {
    this.columns = terminal.columns ?? 80;
  }

  /** Writes lines that stay, and below them those that are drawn over the next time. */
  draw(staying: readonly string[], lines: readonly string[]): void {
    const now = lines.map((line) => cut(line, this.columns - 1));
    if (staying.length === 0 && same(now, this.drawn)) return;
    const up = this.rows();
    this.terminal.write(
      [
        beginFrame,
        this.hidden || now.length === 0 ? "" : hideCursor,
        up > 0 ? `\u001b[${up}A\r` : "",
        ...[...staying, ...now].map((line) => `${line}${clearLine}\n`),
        clearBelow,
        this.hidden && now.length === 0 ? showCursor : "",
        endFrame,
      ].join(""),
    );
    this.hidden = now.length > 0;
    this.drawn = now;
  }

  /** The terminal has another width now, and may have folded what was drawn. */
  resized(): void {
    this.columns = this.terminal.columns ?? 80;
  }

  close(): void {
    if (this.hidden) this.terminal.write(showCursor);
    this.hidden = false;
  }

  private rows(): number {
    return this.drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / this.columns)),
      0,
    );
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, index) => line === b[index]);
}
