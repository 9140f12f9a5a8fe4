import { describe, expect, test } from "vitest";
import { LiveState, type Paint } from "../../src/cli/progress/live-state.ts";
import { plainProgress } from "../../src/cli/progress/plain.ts";
import { Screen } from "../../src/cli/progress/screen.ts";
import { cut, widthOf } from "../../src/cli/progress/width.ts";
import type { SessionEvent } from "../../src/graph/events.ts";
import type { Digest } from "../../src/tree/digest.ts";

const key = "sha256:00" as Digest;
const same = (text: string) => text;
const paint: Paint = { dim: same, green: same, red: same, yellow: same, bold: same };

const story: SessionEvent[] = [
  { type: "started", kind: "step", id: 1, name: "withExec uv sync", key },
  { type: "started", kind: "step", id: 2, name: "withExec pytest", key },
  { type: "output", id: 2, stream: "stdout", text: "one\n\u001b[31mtwo\u001b[0m\nthr" },
  { type: "output", id: 2, stream: "stderr", text: "ee\n 10%\r 20%\n" },
  { type: "finished", id: 1, name: "withExec uv sync", outcome: { kind: "cached" }, duration: 3 },
  { type: "notice", text: "a stand-in is used" },
  { type: "notice", text: "a stand-in is used" },
  {
    type: "finished",
    id: 2,
    name: "withExec pytest",
    outcome: { kind: "failed", message: "exit code: 1\nmore" },
    duration: 3210,
  },
];

describe("plain progress", () => {
  const lines = (verbosity: number) => {
    let text = "";
    const progress = plainProgress(
      (written) => {
        text += written;
      },
      { verbosity },
    );
    for (const event of story) progress.show(event);
    return text;
  };

  test("a line for each beginning and end, and what a failed step wrote", () => {
    expect(lines(0)).toMatchInlineSnapshot(`
      "1  : withExec uv sync
      2  : withExec pytest
      1  : withExec uv sync CACHED
      ! a stand-in is used
      2  : | one
      2  : | two
      2  : | three
      2  : |  20%
      2  : withExec pytest ERROR 3.2s: exit code: 1
      "
    `);
  });

  test("with -v what steps write comes while they run", () => {
    expect(lines(1)).toMatchInlineSnapshot(`
      "1  : withExec uv sync
      2  : withExec pytest
      2  : | one
      2  : | two
      2  : | three
      2  : |  20%
      1  : withExec uv sync CACHED
      ! a stand-in is used
      2  : withExec pytest ERROR 3.2s: exit code: 1
      "
    `);
  });
});

describe("live progress", () => {
  test("what runs is redrawn, what ended stays", () => {
    let now = 0;
    const state = new LiveState(() => now, paint, 0);
    const staying: string[] = [];
    for (const event of story.slice(0, 4)) staying.push(...state.take(event, 40));
    now = 65_000;
    expect(state.lines(24, 40)).toEqual([
      "⠋ withExec uv sync 1m05s",
      "⠋ withExec pytest 1m05s",
      "   20%",
      "1m05s  2 running, 0 done, 0 cached",
    ]);
    for (const event of story.slice(4)) staying.push(...state.take(event, 40));
    expect(state.lines(24, 40)).toEqual([]);
    expect(staying).toEqual([
      "! a stand-in is used",
      "✘ withExec pytest 3.2s  exit code: 1",
      "  one",
      "  two",
      "  three",
      "   20%",
    ]);
    expect(state.summary()).toBe("1m05s  0 done, 1 cached, 1 failed");
  });

  test("more steps than a small terminal has rows are counted", () => {
    const state = new LiveState(() => 0, paint, 0);
    for (let id = 1; id <= 10; id++)
      state.take({ type: "started", kind: "step", id, name: `step ${id}`, key }, 80);
    expect(state.lines(8, 80)).toEqual([
      "⠋ step 1 0.0s",
      "⠋ step 2 0.0s",
      "⠋ step 3 0.0s",
      "⠋ step 4 0.0s",
      "  … and 6 more",
      "0.0s  10 running, 0 done, 0 cached",
    ]);
  });

  test("a long name is cut so that its time shows", () => {
    const state = new LiveState(() => 0, paint, 0);
    state.take(
      { type: "started", kind: "step", id: 1, name: "withExec sh -c something long", key },
      24,
    );
    expect(state.lines(24, 24)[0]).toBe("⠋ withExec sh -c … 0.0s");
  });
});

describe("screen", () => {
  const terminal = (columns: number) => {
    const written: string[] = [];
    return { columns, written, write: (text: string) => written.push(text) };
  };
  const frame = (text: string) => `\u001b[?2026h${text}\u001b[J\u001b[?2026l`;

  test("draws over its own lines only, and hides the cursor meanwhile", () => {
    const at = terminal(80);
    const screen = new Screen(at);
    screen.draw([], ["a", "b"]);
    screen.draw(["stays"], ["c"]);
    screen.draw([], ["c"]);
    screen.draw(["end"], []);
    screen.close();
    expect(at.written).toEqual([
      frame("\u001b[?25la\u001b[K\nb\u001b[K\n"),
      frame("\u001b[2A\rstays\u001b[K\nc\u001b[K\n"),
      `\u001b[?2026h\u001b[1A\rend\u001b[K\n\u001b[J\u001b[?25h\u001b[?2026l`,
    ]);
  });

  test("lines that a narrower terminal has folded are gone over as well", () => {
    const at = terminal(20);
    const screen = new Screen(at);
    screen.draw([], ["0123456789012345", "short"]);
    at.columns = 10;
    screen.resized();
    screen.draw([], ["0123456789012345"]);
    expect(at.written[1]).toBe(frame("\u001b[3A\r01234567…\u001b[K\n"));
  });
});

test.each([
  ["plain", 5, 5, "plain"],
  ["plain", 4, 5, "pla…"],
  ["日本語", 5, 6, "日本…"],
  ["e\u0301tude", 3, 5, "e\u0301t…"],
  ["\u001b[31mred text\u001b[0m", 4, 8, "\u001b[31mred…\u001b[0m"],
])("%j cut to %i columns", (text, columns, width, expected) => {
  expect(widthOf(text)).toBe(width);
  expect(cut(text, columns)).toBe(expected);
});
