import { availableParallelism } from "node:os";
import { expect, test } from "vitest";
import type { SessionEvent } from "../../src/graph/events.ts";
import { scratchFolder, testSession } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";
import { busybox } from "./busybox.ts";

/** The most steps that ran at the same time. */
function mostAtOnce(happened: readonly SessionEvent[]): number {
  let running = 0;
  let most = 0;
  for (const { type } of happened) {
    if (type === "started") most = Math.max(most, ++running);
    if (type === "finished") running--;
  }
  return most;
}

async function steps(count: number, env: NodeJS.ProcessEnv = {}) {
  const { session, run } = await busybox(scratchFolder(), { ...process.env, ...env });
  await run("sync");
  const id = await run("id");
  session.happened.length = 0;
  const before = session.started().length;
  const fields = Array.from(
    { length: count },
    (_, index) =>
      `s${index}:loadContainerFromID(id:"${id}"){withExec(args:["echo","-n","${index}"]){stdout}}`,
  );
  const answer = (await ask(`{${fields.join("")}}`, session)) as Record<string, unknown>;
  const started = session.started().slice(before);
  return { session, started, stdout: Object.values(answer).map(leaf) };
}

test("200 steps that are asked for at once all run, as many at a time as there are processors", async () => {
  const { session, started, stdout } = await steps(200);
  expect(new Set(stdout)).toEqual(new Set(Array.from({ length: 200 }, (_, index) => `${index}`)));
  expect(started).toHaveLength(200);
  expect(mostAtOnce(session.happened)).toBe(Math.min(200, availableParallelism()));
});

test("GALLEY_STEPS says how many run at once; what is no number is refused", async () => {
  const { session } = await steps(12, { GALLEY_STEPS: "5" });
  expect(mostAtOnce(session.happened)).toBe(5);
  for (const wrong of ["0", "many", "-1", "1.5"]) {
    await expect(testSession({ env: { GALLEY_STEPS: wrong } })).rejects.toThrow(
      `GALLEY_STEPS: "${wrong}" is no number of steps to run at once`,
    );
  }
});
