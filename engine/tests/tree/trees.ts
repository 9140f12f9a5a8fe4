import fc from "fast-check";
import type { CacheFolder } from "../../src/cache-folder.ts";
import { writeBlob } from "../../src/tree/blobs.ts";
import { digestOfBytes } from "../../src/tree/digest.ts";
import type { Node, Tree } from "../../src/tree/tree.ts";

const name = fc
  .oneof(
    fc.constantFrom("a", "b", "c", "x y", "line\nend", "ä", "-", "*"),
    fc.string({ minLength: 1, maxLength: 6 }),
  )
  .filter(
    (text) =>
      !/[/\0]/u.test(text) &&
      text !== "." &&
      text !== ".." &&
      Buffer.from(text).toString() === text,
  );

const mode = fc.constantFrom(0o644, 0o755, 0o600, 0o4755);

/** Trees of every shape; contents are kept in the cache when one is given. */
export function anyTree(cache?: CacheFolder): fc.Arbitrary<Tree> {
  const file = fc.tuple(fc.string({ maxLength: 20 }), mode).map(([text, bits]): Node => {
    const bytes = Buffer.from(text);
    const kept = cache
      ? writeBlob(cache, bytes)
      : { blob: digestOfBytes(bytes), size: bytes.length };
    return { kind: "file", ...kept, mode: bits, uid: 0, gid: 0 };
  });
  const link = fc
    .constantFrom("a", "../b", "/etc/passwd", "no where")
    .map((target): Node => ({ kind: "symlink", target, mode: 0o777, uid: 0, gid: 0 }));
  return fc.letrec<{ node: Node; tree: Tree }>((tie) => ({
    node: fc.oneof({ maxDepth: 3 }, file, link, tie("tree")),
    tree: fc.array(fc.tuple(name, tie("node")), { maxLength: 4 }).map(
      (entries): Tree => ({
        kind: "directory",
        mode: 0o755,
        uid: 0,
        gid: 0,
        entries: new Map(entries),
      }),
    ),
  })).tree;
}
