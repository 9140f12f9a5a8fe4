import type { WriteStream } from "node:tty";
import { LiveState, type Paint } from "./live-state.ts";
import type { Progress } from "./progress.ts";
import { Screen } from "./screen.ts";

export interface LiveOptions {
  readonly colours: boolean;
  readonly verbosity: number;
  /** leave nothing behind but failures */
  readonly cleanUp: boolean;
}

/** Milliseconds between two drawings. */
const pace = 100;

/** What runs now, redrawn in place at the bottom of a terminal; what has ended scrolls away above. */
export function liveProgress(terminal: WriteStream, options: LiveOptions): Progress {
  const state = new LiveState(
    () => performance.now(),
    options.colours ? coloured : uncoloured,
    options.verbosity,
  );
  const screen = new Screen(terminal);
  let above: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let finished = false;
  const draw = () => {
    screen.draw(above, state.lines(terminal.rows ?? 24, terminal.columns ?? 80));
    above = [];
  };
  const onResize = () => {
    screen.resized();
    draw();
  };
  terminal.on("resize", onResize);
  // However the process ends, the cursor is there again.
  process.once("exit", finish);

  function finish(): void {
    if (finished) return;
    finished = true;
    clearInterval(timer);
    terminal.off("resize", onResize);
    const last = state.anythingEnded && !options.cleanUp ? [state.summary()] : [];
    screen.draw([...above, ...last], []);
    screen.close();
  }

  return {
    showsFailures: true,
    show(event) {
      if (finished) return;
      const failed = event.type === "finished" && event.outcome.kind === "failed";
      const staying = state.take(event, terminal.columns ?? 80);
      if (!options.cleanUp || failed || event.type === "notice") above.push(...staying);
      timer ??= setInterval(draw, pace).unref();
    },
    finish,
  };
}

const sgr = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`;
const coloured: Paint = {
  dim: sgr(2),
  green: sgr(32),
  red: sgr(31),
  yellow: sgr(33),
  bold: sgr(1),
};
const same = (text: string) => text;
const uncoloured: Paint = { dim: same, green: same, red: same, yellow: same, bold: same };
