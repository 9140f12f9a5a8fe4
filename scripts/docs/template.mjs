const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const html = (text) => text.replace(/[&<>"]/gu, (char) => entities[char]);

/**
 * A page of the site.
 *
 * @param {import("./pages.mjs").Page} page
 * @param {string} body HTML
 * @param {{ name: string, pages: import("./pages.mjs").Page[] }[]} menu
 * @param {(path: string) => string} to address of another page or file, from this one
 */
export function document(page, body, menu, to) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(page.title)}${page.path === "README.md" ? "" : " · Kitchen"}</title>
<link rel="stylesheet" href="${to("style.css")}">
</head>
<body>
<header>
<a class="home" href="${to("README.md")}">Kitchen</a>
<div class="search" role="search">
<input type="search" placeholder="Search" aria-label="Search" autocomplete="off">
<ol hidden></ol>
</div>
</header>
<div class="columns">
<nav aria-label="Pages"><details class="menu" open><summary>Pages</summary>
${menu.map((part) => partOf(part, page, to)).join("\n")}
</details></nav>
<main>
${body}</main>
${contents(page)}
</div>
<script>var siteRoot = "${to("README.md").replace(/index\.html$/u, "")}", searchData = [];</script>
<script src="${to("search-data.js")}" defer></script>
<script src="${to("minisearch.js")}" defer></script>
<script src="${to("search-index.js")}" defer></script>
<script src="${to("search.js")}" defer></script>
</body>
</html>
`;
}

function partOf({ name, pages }, current, to) {
  const items = pages.map((page) => {
    const here = page === current ? ' aria-current="page"' : "";
    return `<li><a href="${to(page.path)}"${here}>${html(shortTitle(page))}</a></li>`;
  });
  const list = `<ul>\n${items.join("\n")}\n</ul>`;
  // There are many of them, and who looks for one searches.
  if (name !== "Decisions") return `<h2>${name}</h2>\n${list}`;
  const open = pages.includes(current) ? " open" : "";
  return `<details${open}><summary>${name}</summary>\n${list}\n</details>`;
}

/** `galley`, and not `The module galley: …`: up to the colon. */
function shortTitle({ title, path }) {
  if (path === "README.md") return "Overview";
  return /^\d{3}: /u.test(title) ? title : title.split(/: |, /u)[0];
}

/** On a long page, what is on it. */
function contents({ headings }) {
  const shown = headings.filter(({ level }) => level === 2 || level === 3);
  const main = shown.filter(({ level }) => level === 2);
  if (main.length < 2) return "";
  const listed = shown.length > 40 ? main : shown;
  const items = listed.map(
    ({ level, text, anchor }) =>
      `<li class="level-${level}"><a href="#${anchor}">${html(text)}</a></li>`,
  );
  return `<aside aria-label="On this page"><ul>\n${items.join("\n")}\n</ul></aside>`;
}
