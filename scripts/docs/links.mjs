import { existsSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import { linksOf, root } from "./pages.mjs";

/**
 * Where a link of a page leads: outside, to a page (and an anchor there), or to a file.
 *
 * @param {string} from path of the page
 * @param {string} href
 * @param {ReadonlyMap<string, import("./pages.mjs").Page>} pages by their paths
 * @returns {{ outside: string } | { page: import("./pages.mjs").Page, anchor: string } | { file: string }}
 */
export function resolveLink(from, href, pages) {
  if (/^[a-z][a-z0-9+.-]*:/iu.test(href)) return { outside: href };
  const [path = "", anchor = ""] = href.split("#");
  const file = path === "" ? from : posix.join(posix.dirname(from), decodeURI(path));
  const page = pages.get(file) ?? pages.get(posix.join(file, "README.md"));
  return page ? { page, anchor } : { file: file.replace(/\/$/u, "") };
}

/** Links to what is not there, each as `PATH:LINE what is wrong`. */
export function deadLinks(pages) {
  const byPath = new Map(pages.map((page) => [page.path, page]));
  return pages.flatMap((page) =>
    [...linksOf(page.tokens)].flatMap(({ token, name, line }) => {
      const href = token.attrGet(name);
      const found = resolveLink(page.path, href, byPath);
      const place = `${page.path}:${line}`;
      if ("page" in found) {
        const { anchor } = found;
        const there = anchor === "" || found.page.headings.some((each) => each.anchor === anchor);
        return there ? [] : [`${place} ${href}: ${found.page.path} has no heading #${anchor}`];
      }
      if ("file" in found && !isIn(found.file))
        return [`${place} ${href}: there is no ${found.file}`];
      return [];
    }),
  );
}

function isIn(file) {
  if (file.startsWith("..")) return false;
  const path = join(root, file);
  return existsSync(path) && (statSync(path).isFile() || statSync(path).isDirectory());
}
