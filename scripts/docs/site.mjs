import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { deadLinks, resolveLink } from "./links.mjs";
import { menuOf } from "./menu.mjs";
import { parsePage, readPages, root, textOf, toHtml } from "./pages.mjs";
import { referenceMarkdown } from "./reference.mjs";
import { document } from "./template.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Writes the site into a folder.
 *
 * @param {string} folder
 * @param {string} [repository] address of files that are no pages (default: this disk)
 * @returns {Promise<{ pages: import("./pages.mjs").Page[], problems: string[] }>}
 */
export async function writeSite(folder, repository) {
  const reference = parsePage("docs/functions.md", await referenceMarkdown());
  const pages = [...readPages(), reference];
  const problems = deadLinks(pages);
  const byPath = new Map(pages.map((page) => [page.path, page]));
  const menu = menuOf(pages);
  const searched = pages.flatMap(sectionsOf);

  rmSync(folder, { recursive: true, force: true });
  for (const page of pages) {
    const place = placeOf(page.path);
    const file = join(folder, place);
    const body = toHtml(page, (href, name) => {
      const found = resolveLink(page.path, href, byPath);
      if ("outside" in found) return found.outside;
      if ("page" in found) {
        const path = relativeTo(place, placeOf(found.page.path));
        return found.anchor ? `${path}#${found.anchor}` : path;
      }
      if (name === "src") {
        cpSync(join(root, found.file), join(folder, found.file));
        return relativeTo(place, found.file);
      }
      if (repository) return `${repository}/${found.file}`;
      return relative(dirname(resolve(file)), join(root, found.file));
    });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      document(page, body, menu, (path) => relativeTo(place, placeOf(path))),
    );
  }
  for (const name of ["style.css", "search.js", "search-index.js"]) {
    cpSync(join(here, name), join(folder, name));
  }
  const library = dirname(createRequire(import.meta.url).resolve("minisearch"));
  cpSync(join(library, "../umd/index.js"), join(folder, "minisearch.js"));
  // A script and no JSON: pages that are files may not fetch.
  writeFileSync(join(folder, "search-data.js"), `searchData = ${JSON.stringify(searched)};\n`);
  return { pages, problems };
}

/** Where a page is in the site. Folders whose names begin with a dot are left out by some servers. */
function placeOf(path) {
  if (path.endsWith(".html") || path.endsWith(".css") || path.endsWith(".js")) return path;
  return path
    .replace(/(^|\/)README\.md$/u, "$1index.html")
    .replace(/\.md$/u, ".html")
    .replace(/^\./u, "");
}

function relativeTo(from, to) {
  return posix.relative(posix.dirname(from), to);
}

/** What can be found: the text below each heading. */
function sectionsOf({ path, title, tokens, headings }) {
  const sections = [];
  let heading = 0;
  for (const token of tokens) {
    if (token.type === "heading_open") {
      const { text, anchor } = headings[heading++];
      sections.push({ at: `${placeOf(path)}#${anchor}`, title, heading: text, text: "" });
    }
    const words = token.type === "fence" ? token.content : token.children ? textOf(token) : "";
    const last = sections.at(-1);
    if (last && words !== "" && words !== last.heading) last.text += `${words} `;
  }
  return sections.map((section, id) => ({ id: `${path} ${id}`, ...section }));
}
