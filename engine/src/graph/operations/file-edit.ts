import { ApiError } from "../../tree/api-error.ts";
import { readBlob, writeBlob } from "../../tree/blobs.ts";
import type { FileNode } from "../../tree/tree.ts";
import { defineOperation } from "../operation.ts";
import { byContents, inMemory } from "./tree-source.ts";

export interface Replacement {
  readonly search: string;
  readonly replacement: string;
  readonly all: boolean;
  /** line from which the first match is meant, counted from 1 */
  readonly firstFrom: number | null;
}

/** A file with text replaced: the only match, the first one from a line on, or all. */
export const fileReplaced = defineOperation<
  { search: string; replacement: string; all: boolean; firstFrom: number | null },
  FileNode
>({
  name: "with replaced",
  identity: byContents,
  caching: inMemory,
  async run(args, [file], { cache }) {
    const node = file as FileNode;
    const text = (await readBlob(cache, node.blob)).toString("utf8");
    return { ...node, ...writeBlob(cache, Buffer.from(replace(text, args))) };
  },
});

function replace(text: string, { search, replacement, all, firstFrom }: Replacement): string {
  if (search === "") return replacement + text;
  if (all) return text.replaceAll(search, () => replacement);
  const matches = [...positions(text, search)];
  if (firstFrom !== null) {
    const first = matches.find((at) => lineOf(text, at) >= firstFrom);
    if (first === undefined) throw new ApiError("search string not found");
    return put(text, first, search.length, replacement);
  }
  if (matches.length === 0) throw new ApiError("search string not found");
  if (matches.length > 1) {
    const places = matches.map((at) => {
      const column = at - (text.lastIndexOf("\n", at - 1) + 1);
      return `line ${lineOf(text, at)} (${column}-${column + search.length})`;
    });
    throw new ApiError(`search string found multiple times: ${places.join(", ")}`);
  }
  return put(text, matches[0] as number, search.length, replacement);
}

function* positions(text: string, search: string): Generator<number> {
  for (let at = text.indexOf(search); at >= 0; at = text.indexOf(search, at + search.length)) {
    yield at;
  }
}

function lineOf(text: string, at: number): number {
  return text.slice(0, at).split("\n").length;
}

function put(text: string, at: number, length: number, replacement: string): string {
  return text.slice(0, at) + replacement + text.slice(at + length);
}
