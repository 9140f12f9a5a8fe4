import { fileURLToPath } from "node:url";
import {
  openSession,
  type SessionOptions,
  scratchCache,
  startFaultProxy,
  startRegistry,
} from "@kitchen/galley/testing";
import { afterAll, expect, onTestFinished, test } from "vitest";
import type { WordCount } from "../.dagger/src/index.ts";

const module = fileURLToPath(new URL("..", import.meta.url));
const cache = scratchCache();
afterAll(() => cache.remove());

async function open(options: SessionOptions = {}) {
  const session = await openSession({ module, cache, ...options });
  onTestFinished(() => session.close());
  const dag = await session.dag();
  const texts = dag.directory().withNewFile("a.txt", "three more words").withNewFile("b.md", "one");
  return { session, texts, wordCount: await session.module<typeof WordCount>() };
}

test("counts the words of texts, and of nothing else", async () => {
  const { wordCount, texts } = await open();
  expect(await wordCount.words(texts)).toBe(3);
});

test("what was counted is not counted again, in another session either", async () => {
  const first = await open();
  await first.wordCount.words(first.texts.withNewFile("c.txt", "and two"));
  expect(first.session.executed("step")).toEqual(["withExec sh -c awk 1 /source/* | wc -w"]);
  const second = await open();
  const answer = await second.wordCount.words(second.texts.withNewFile("c.txt", "and two"));
  expect(answer).toBe(5);
  expect(second.session.executed()).toEqual([]);
});

test("when the step fails, the caller is told what it said", async () => {
  const faults = [{ step: "wc -w", does: "fail", exitCode: 2, stderr: "no such file" }] as const;
  const { wordCount, texts } = await open({ faults });
  await expect(wordCount.words(texts)).rejects.toMatchObject({
    message: "exit code: 2",
    stderr: "no such file",
  });
});

test("an image is published also when the registry is overloaded for a moment", async () => {
  const registry = await startRegistry();
  const busy = await startFaultProxy(registry.address, (_method, _path, count) =>
    count < 2 ? "503" : "pass",
  );
  onTestFinished(() => {
    busy.close();
    registry.stop();
  });
  const { wordCount, texts } = await open();
  const reference = await wordCount.publish(texts, `${busy.address}/team/words:1`);
  expect(reference).toMatch(/^127\.0\.0\.1:\d+\/team\/words:1@sha256:[0-9a-f]{64}$/u);
  expect(busy.faults()).toBe(2);
});
