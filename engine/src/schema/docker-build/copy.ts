import { posix } from "node:path";
import type { Operation } from "../../graph/operation.ts";
import {
  type CopySource,
  copySourceInSnapshot,
  copySourceInTree,
  dockerCopied,
} from "../../graph/operations/docker-copy.ts";
import { placed } from "../../graph/operations/tree-edit.ts";
import { newFile, noFiles } from "../../graph/operations/tree-source.ts";
import { type Instruction, mistake } from "../../images/dockerfile/dockerfile.ts";
import { expandText, expandWord, splitWords } from "../../images/dockerfile/words.ts";
import { emptyContainer } from "../container-values.ts";
import { fromImage } from "../from-image.ts";
import type { Container } from "../values.ts";
import { type Build, lookupIn, type Stage } from "./stage.ts";

/** COPY, and ADD of what is neither an archive nor an address. */
export async function copy(stage: Stage, instruction: Instruction, build: Build): Promise<Stage> {
  const { keyword, line, json, text, heredocs } = instruction;
  const lookup = lookupIn(stage);
  const words = (json ?? splitWords(text, build.escapeChar)).map((word) =>
    word.startsWith("<<") ? word : expandWord(word, lookup, build.escapeChar),
  );
  const target = words.pop();
  if (target === undefined || words.length === 0) {
    throw mistake(
      line,
      `${keyword} requires at least two arguments, but only one was provided. Destination could not be determined`,
    );
  }
  const flags = flagsOf(instruction, stage, build);
  const folder = target.endsWith("/") || target === "." ? "/" : "";
  const clean = posix.resolve(stage.container.workdir || "/", target);
  if (words.length > 1 && folder === "") {
    throw mistake(
      line,
      `When using ${keyword} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
  const where = `${keyword} ${text.split("\n", 1)[0]}, line ${line} of ${build.options.dockerfile}`;
  const sources = await Promise.all(
    words.map(async (word): Promise<Operation<CopySource>> => {
      if (word.startsWith("<<")) {
        const found = heredocs.find(({ name }) => word.includes(name));
        if (!found) throw mistake(line, `no such heredoc: ${word}`);
        const { content, expand, name } = found;
        const contents = expand ? expandText(content, lookup, build.escapeChar) : content;
        return hereSource(name, contents);
      }
      const args = { pattern: word, exclude: flags.exclude, where };
      if (flags.from === undefined) {
        refuseUnpacking(keyword, word, line);
        return copySourceInTree(args, [build.options.context]);
      }
      const { rootfs } = await source(flags.from, stage.index, build);
      return copySourceInSnapshot(args, [rootfs]);
    }),
  );
  const destination = clean === "/" ? "/" : `${clean}${folder}`;
  const rootfs = dockerCopied({ destination, owner: flags.owner, mode: flags.mode }, [
    stage.container.rootfs,
    ...sources,
  ]);
  return { ...stage, container: { ...stage.container, rootfs } };
}

/** What `--from` or `from=` names: an earlier stage, or else an image. */
export async function source(from: string, before: number, build: Build): Promise<Container> {
  const stage = build.stage(from, before);
  if (stage) return (await stage).container;
  return fromImage(emptyContainer(build.options.platform), from, build.session);
}

function hereSource(name: string, contents: string): Operation<CopySource> {
  const file = newFile({ contents, mode: 0o644 });
  const tree = placed({ path: name, name: null, permissions: null, owner: null }, [
    noFiles(null),
    file,
  ]);
  return copySourceInTree({ pattern: name, exclude: [], where: "" }, [tree]);
}

function flagsOf({ flags, keyword, line }: Instruction, stage: Stage, build: Build) {
  let from: string | undefined;
  let owner: string | null = null;
  let mode: number | null = null;
  const exclude: string[] = [];
  for (const { name, value = "" } of flags) {
    const text = expandWord(value, lookupIn(stage), build.escapeChar);
    if (name === "from" && keyword === "COPY") from = text;
    else if (name === "chown") owner = text;
    else if (name === "exclude") exclude.push(text);
    else if (name === "chmod" && /^0?[0-7]{3,4}$/u.test(text)) mode = Number.parseInt(text, 8);
    else if (name === "link") continue;
    else throw mistake(line, `galley has no ${keyword} --${name}${value ? `=${value}` : ""}`);
  }
  return { from, owner, mode, exclude };
}

/** ADD unpacks archives and brings files from addresses; galley does neither, and says so. */
function refuseUnpacking(keyword: string, word: string, line: number): void {
  if (keyword !== "ADD") return;
  if (/^(?:https?|git|ssh):\/\/|^git@/u.test(word)) {
    throw mistake(line, `galley has no ADD of an address (${word}): bring it by RUN`);
  }
  if (/\.(?:tar|tgz|tar\.(?:gz|bz2|xz|zst)|tbz2?|txz)$/u.test(word)) {
    throw mistake(line, `galley has no ADD of an archive (${word}): COPY it and RUN tar`);
  }
}
