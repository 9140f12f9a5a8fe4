import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import GithubSlugger from "github-slugger";
import markdownIt from "markdown-it";

export const root = fileURLToPath(new URL("../..", import.meta.url));

const markdown = markdownIt({ html: true });

/**
 * A page, parsed.
 *
 * @typedef {object} Page
 * @property {string} path of the Markdown, relative to the repository
 * @property {string} title its first heading
 * @property {import("markdown-it").Token[]} tokens
 * @property {Heading[]} headings
 *
 * @typedef {{ level: number, text: string, anchor: string, line: number }} Heading
 */

/** Every Markdown file that is for readers, parsed. */
export function readPages() {
  const folders = ["docs", "engine", "examples", "infra", "services", ".dagger"];
  const atRoot = readdirSync(root).filter((name) => name.endsWith(".md"));
  const below = folders.flatMap((folder) => [...markdownBelow(folder)]);
  return [...atRoot, ...below]
    .sort()
    .map((path) => parsePage(path, readFileSync(join(root, path), "utf8")));
}

function* markdownBelow(folder) {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      if (!/^(?:node_modules|tests|sdk|dist|\..*)$/u.test(entry.name)) yield* markdownBelow(path);
    } else if (entry.name.endsWith(".md")) yield path;
  }
}

/**
 * Parses Markdown, with anchors as GitHub makes them.
 *
 * @returns {Page}
 */
export function parsePage(path, text) {
  const tokens = markdown.parse(text, {});
  const slugger = new GithubSlugger();
  const headings = [];
  for (const [index, token] of tokens.entries()) {
    if (token.type !== "heading_open") continue;
    const words = textOf(tokens[index + 1]);
    const anchor = slugger.slug(words);
    token.attrSet("id", anchor);
    const [line = 0] = token.map ?? [];
    headings.push({ level: Number(token.tag.slice(1)), text: words, anchor, line: line + 1 });
  }
  return { path, title: headings[0]?.text ?? path, tokens, headings };
}

/** The page as HTML; `target` says where a link or an image leads. */
export function toHtml({ tokens }, target) {
  for (const { token, name } of linksOf(tokens)) {
    token.attrSet(name, target(token.attrGet(name), name));
  }
  return markdown.renderer.render(tokens, markdown.options, {});
}

/** Links and images, with the line of the block that they are in. */
export function* linksOf(tokens) {
  for (const block of tokens) {
    for (const token of block.children ?? []) {
      const name = { link_open: "href", image: "src" }[token.type];
      if (name) yield { token, name, line: (block.map?.[0] ?? 0) + 1 };
    }
  }
}

/** What a block says, without its markup. */
export function textOf(block) {
  return (block.children ?? [])
    .map(({ type, content, children }) =>
      type === "image" ? textOf({ children }) : type === "softbreak" ? " " : content,
    )
    .join("");
}
