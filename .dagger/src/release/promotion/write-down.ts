import { memoryOf, remembering } from "../rollout/on-environment.ts";
import { isOver } from "../rollout/rollout.ts";
import type { Memory } from "../rollout/run.ts";
import { entryOf, isWritten, lastDigest, lineOf, readHistory } from "./history.ts";
import type { Place } from "./preflight.ts";

type Remembered = Memory & { history(): string[] };

/** Writes a rollout that is over into the history, when it is not there yet; the lines that are. */
export async function writeDown({ environment, name }: Place, memory: Remembered) {
  const kept = await memory.read();
  const lines = memory.history();
  if (!kept || !isOver(kept.rollout) || isWritten(readHistory(lines), kept.rollout)) {
    return { kept: kept ?? null, lines };
  }
  const before = lastDigest(lines);
  const line = lineOf(entryOf(name, kept.rollout, before));
  await remembering(environment).append(line, before ?? undefined);
  return { kept, lines: [...lines, line] };
}

/** The same, with what is remembered by now. */
export function finish(place: Place) {
  return writeDown(place, memoryOf(place.environment));
}
