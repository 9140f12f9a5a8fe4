import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scratchFolder, testSession } from "./open.ts";

async function idOf(
  session: { query(request: { query: string }): Promise<{ data: unknown }> },
  path: string,
): Promise<string> {
  const { data } = await session.query({
    query: `{host{directory(path:${JSON.stringify(path)}){id}}}`,
  });
  return (data as { host: { directory: { id: string } } }).host.directory.id;
}

test("equal files have equal handles, wherever they lie and whoever asks", async () => {
  const [one, other, changed] = [scratchFolder(), scratchFolder(), scratchFolder()];
  writeFileSync(join(one, "f"), "1");
  writeFileSync(join(other, "f"), "1");
  writeFileSync(join(changed, "f"), "2");
  const session = await testSession();
  const handle = await idOf(session, one);
  expect(handle).toMatch(/^Directory@sha256:[0-9a-f]{64}$/u);
  expect(await idOf(session, other)).toBe(handle);
  expect(await idOf(await testSession(), other)).toBe(handle);
  expect(await idOf(session, changed)).not.toBe(handle);
});

test("a handle keeps what was read when it was given out", async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "f"), "before");
  const session = await testSession();
  const handle = await idOf(session, folder);
  writeFileSync(join(folder, "f"), "after!");
  const query = `{loadDirectoryFromID(id:"${handle}"){file(path:"f"){contents}}}`;
  expect((await session.query({ query })).data).toEqual({
    loadDirectoryFromID: { file: { contents: "before" } },
  });
});

test("a handle that was never given out is refused by name", async () => {
  const session = await testSession();
  const id = `Directory@sha256:${"0".repeat(64)}`;
  const { errors } = await session.query({ query: `{node(id:"${id}"){id}}` });
  expect(errors).toEqual([
    { message: `${id} is no handle that this session gave out`, path: ["node"] },
  ]);
});
