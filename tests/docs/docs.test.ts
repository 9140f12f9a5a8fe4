import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { deadLinks } from "../../scripts/docs/links.mjs";
import { parsePage } from "../../scripts/docs/pages.mjs";
import { writeSite } from "../../scripts/docs/site.mjs";
import { galleyPath } from "../end-to-end/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "site-"));
let problems: readonly string[];
beforeAll(async () => {
  ({ problems } = await writeSite(folder));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string) => readFileSync(join(folder, path), "utf8");
const pages = () =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((path) => path.endsWith(".html"));

describe("links", () => {
  test("lead to pages, headings and files that are there", () => expect(problems).toEqual([]));

  test("that lead nowhere are named with their line", () => {
    const text = "# One\n\n[a](two.md#there) [b](two.md#gone)\n\n[c](gone.md) [d](../x/#one)\n";
    const two = parsePage("docs/two.md", "## There\n");
    const x = parsePage("x/README.md", "# One\n");
    expect(deadLinks([parsePage("docs/one.md", text), two, x])).toEqual([
      "docs/one.md:3 two.md#gone: docs/two.md has no heading #gone",
      "docs/one.md:5 gone.md: there is no docs/gone.md",
    ]);
  });

  test("work from the disk, without a server", () => {
    expect(pages().length).toBeGreaterThan(30);
    for (const page of pages()) {
      for (const [, href = ""] of read(page).matchAll(/ (?:href|src)="([^"]*)"/gu)) {
        if (/^(?:https?|mailto):/u.test(href)) continue;
        const [path = "", anchor] = href.split("#");
        const target = path === "" ? join(folder, page) : join(folder, dirname(page), path);
        expect(existsSync(decodeURI(target)), `${page}: ${href}`).toBe(true);
        if (!anchor) continue;
        expect(readFileSync(target, "utf8"), `${page}: ${href}`).toContain(`id="${anchor}"`);
      }
    }
  });
});

describe("the reference", () => {
  const galley = (...args: string[]) =>
    execFileSync(process.execPath, [galleyPath, ...args], { encoding: "utf8" });
  const text = () =>
    read("docs/functions.html")
      .replaceAll("&quot;", '"')
      .replace(/<[^>]*>/gu, "");

  test("has every function that the module has, with what it says", () => {
    const listed = [...galley("functions").matchAll(/^([a-z][\w-]*) +(.*)$/gmu)];
    expect(listed.length).toBeGreaterThan(20);
    for (const [, name = "", words = ""] of listed) {
      expect(read("docs/functions.html")).toContain(`<h3 id="${name}">${name}</h3>`);
      expect(text()).toContain(words.split("`")[0]);
    }
  });

  test("has every argument as --help has it", () => {
    const [, arguments_ = ""] = galley("call", "report-status", "--help").split("ARGUMENTS");
    const flags = [...arguments_.matchAll(/^ +(--[\w-]+) (\w+)/gmu)];
    expect(flags.length).toBe(7);
    const [, section = ""] = read("docs/functions.html").split('id="report-status"');
    for (const [, flag, kind] of flags) {
      expect(section.split("<h3")[0]).toMatch(
        new RegExp(`<code>${flag}</code></td>\\s*<td><code>${kind}\\??</code>`, "iu"),
      );
    }
  });
});

describe("search", () => {
  const found = z.array(z.object({ at: z.string(), heading: z.string() }));
  const search = (asked: string) => {
    const context = createContext({ asked });
    for (const file of ["minisearch.js", "search-index.js"]) runInContext(read(file), context);
    runInContext(read("search-data.js"), context);
    return found.parse(runInContext("searchIndex(searchData).search(asked)", context));
  };

  test.each([
    ["verdict", ".dagger/index.html#what-a-verdict-means"],
    ["terraformApply", "docs/functions.html#terraform-apply"],
    ["terraform apply", "docs/functions.html#terraform-apply"],
    ["seccmp", "docs/decisions/021-seccomp-as-dockers.html"],
  ])("finds %s", (asked, at) => {
    const first = search(asked).slice(0, 5);
    expect(first.map((each) => each.at).join("\n")).toContain(at.replace(/^\./u, ""));
    for (const each of first)
      expect(existsSync(join(folder, each.at.split("#")[0] ?? ""))).toBe(true);
  });

  test("finds nothing where nothing is", () => expect(search("zebra crossing")).toEqual([]));
});
