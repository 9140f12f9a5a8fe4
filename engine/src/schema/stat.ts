import type { Node } from "../tree/tree.ts";
import { defineType } from "./define.ts";

interface Stat {
  readonly name: string;
  readonly size: number;
  readonly permissions: number;
  readonly fileType: "REGULAR" | "DIRECTORY" | "SYMLINK";
}

const fileTypes = { file: "REGULAR", directory: "DIRECTORY", symlink: "SYMLINK" } as const;

/** What a directory takes, as most file systems have it. */
const directorySize = 4096; // bytes

/** What `stat` answers of a node. */
export function statOf(name: string, node: Node): Stat {
  return {
    name,
    size: sizeOf(node),
    permissions: node.mode & 0o777,
    fileType: fileTypes[node.kind],
  };
}

function sizeOf(node: Node): number {
  if (node.kind === "file") return node.size;
  return node.kind === "symlink" ? Buffer.byteLength(node.target) : directorySize;
}

export const statType = defineType<Stat>({
  name: "Stat",
  description: "Kind, size and permissions of a file.",
  fields: {
    name: { description: "Its name.", args: {}, type: "String!", resolve: ({ name }) => name },
    size: {
      description: "Its size in bytes.",
      args: {},
      type: "Int!",
      resolve: ({ size }) => size,
    },
    permissions: {
      description: "Its permission bits.",
      args: {},
      type: "Int!",
      resolve: ({ permissions }) => permissions,
    },
    fileType: {
      description: "Its kind.",
      args: {},
      type: "FileType!",
      resolve: ({ fileType }) => fileType,
    },
  },
});
