import { statSync } from "node:fs";
import { join } from "node:path";
import { fileReplaced, type Replacement } from "../graph/operations/file-edit.ts";
import * as edits from "../graph/operations/tree-edit.ts";
import { ApiError } from "../tree/api-error.ts";
import { readBlob } from "../tree/blobs.ts";
import { digestOfJson } from "../tree/digest.ts";
import { exportFile } from "../tree/export.ts";
import { digestOfNode, type FileNode } from "../tree/tree.ts";
import * as arg from "./arguments.ts";
import { defineType, type Session } from "./define.ts";
import { expandEnvFile, parseEnvFile } from "./env-file.ts";
import { checkFileName } from "./file-name.ts";
import { hostPath } from "./host-path.ts";
import { parseJsonFile } from "./json-value.ts";
import { fileSearchField } from "./search.ts";
import { statOf } from "./stat.ts";
import type { File } from "./values.ts";

/** Most that `contents` reads. */
const mostRead = 128 * 1024 * 1024; // bytes
const chunk = 32 * 1024; // bytes

function solveFile(file: File, session: Session): Promise<FileNode> {
  return session.context.solver.solve(file.file);
}

async function textOf(file: File, session: Session): Promise<string> {
  const node = await solveFile(file, session);
  if (node.size > mostRead) {
    // Dagger stops reading at the chunk that goes beyond the limit.
    const seen = Math.min(node.size, mostRead + chunk);
    throw new ApiError(`file size ${seen} exceeds limit ${mostRead}`);
  }
  return (await readBlob(session.context.cache, node.blob)).toString("utf8");
}

export const fileType = defineType<File>({
  name: "File",
  description: "A file.",
  fields: {
    name: { description: "Its name.", args: {}, type: "String!", resolve: ({ name }) => name },
    contents: {
      description: "Its contents as text.",
      args: {
        offsetLines: { type: "Int", description: "Lines left out at the beginning" },
        limitLines: { type: "Int", description: "Most lines" },
      },
      type: "String!",
      async resolve(file, { offsetLines, limitLines }, session) {
        return linesOf(await textOf(file, session), offsetLines ?? 0, limitLines ?? -1);
      },
    },
    size: {
      description: "Its size in bytes.",
      args: {},
      type: "Int!",
      resolve: async (file, _args, session) => (await solveFile(file, session)).size,
    },
    digest: {
      description: "Digest of contents and permissions; its name is no part of it.",
      args: {
        excludeMetadata: {
          type: "Boolean",
          default: false,
          description: "Digest of the contents alone",
        },
      },
      type: "String!",
      async resolve(file, { excludeMetadata }, session) {
        const node = await solveFile(file, session);
        return excludeMetadata ? digestOfJson(node.blob) : digestOfNode(node);
      },
    },
    search: fileSearchField,
    asEnvFile: {
      description: "The file read as an env file.",
      args: { expand: expandEnvFile },
      type: "EnvFile!",
      resolve: async (file, _args, session) => parseEnvFile(await textOf(file, session), session),
    },
    asJSON: {
      description: "The file read as JSON.",
      args: {},
      type: "JSONValue!",
      resolve: async (file, _args, session) => parseJsonFile(await textOf(file, session)),
    },
    stat: {
      description: "Kind, size and permissions.",
      args: {},
      type: "Stat!",
      resolve: async (file, _args, session) => statOf(file.name, await solveFile(file, session)),
    },
    withName: {
      description: "The file under another name.",
      args: { name: { type: "String!", description: "The name, without any directory" } },
      type: "File!",
      resolve(file, { name }) {
        checkFileName(name);
        return { ...file, name };
      },
    },
    withReplaced: {
      description: "The file with text replaced.",
      args: {
        search: { type: "String!", description: "Text to look for" },
        replacement: { type: "String!", description: "Text to put in its place" },
        all: { type: "Boolean", default: false, description: "Replace it wherever it stands" },
        firstFrom: { type: "Int", description: "Replace the first one from this line on" },
      },
      type: "File!",
      resolve: (file, args) => ({
        ...file,
        file: fileReplaced({ ...(args as Replacement), firstFrom: args.firstFrom ?? null }, [
          file.file,
        ]),
      }),
    },
    withTimestamps: {
      description: "The file with its times set.",
      args: { timestamp: arg.timestamp },
      type: "File!",
      resolve: (file, { timestamp }) => ({
        ...file,
        file: edits.timestamped({ timestamp }, [file.file]),
      }),
    },
    chown: {
      description: "The file with another owner.",
      args: { owner: { type: "String!", description: "Owner as id or id:id" } },
      type: "File!",
      resolve: (file, { owner }) => ({
        ...file,
        file: edits.fileOwned({ owner }, [file.file]),
      }),
    },
    export: {
      description: "Writes the file to the host; answers where.",
      args: {
        path: arg.path("Path of the host, relative to where the command runs"),
        allowParentDirPath: {
          type: "Boolean",
          default: false,
          description: "The path may be a directory, which the file then goes into",
        },
      },
      type: "String!",
      async resolve(file, { path, allowParentDirPath }, session) {
        const target = hostPath(path, session);
        const isFolder = statSync(target, { throwIfNoEntry: false })?.isDirectory() ?? false;
        if (isFolder && !allowParentDirPath) {
          throw new ApiError(
            `failed to copy file: destination ${JSON.stringify(target)} is a directory; must be a file path unless allowParentDirPath is set`,
          );
        }
        const node = await solveFile(file, session);
        exportFile(node, isFolder ? join(target, file.name) : target, session.context.cache);
        return target;
      },
    },
    sync: {
      description: "Makes the file now; answers its id.",
      args: {},
      type: "ID!",
      async resolve(file, _args, session) {
        await solveFile(file, session);
        return session.idOf("File", file);
      },
    },
  },
});

/** Lines of a text with their ends; a negative limit is none. */
function linesOf(text: string, offset: number, limit: number): string {
  if (offset <= 0 && limit < 0) return text;
  const lines = text.match(/[^\n]*\n|[^\n]+$/gu) ?? [];
  const from = Math.max(0, offset);
  return lines.slice(from, limit < 0 ? undefined : from + limit).join("");
}
