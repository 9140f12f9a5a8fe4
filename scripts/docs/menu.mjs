/** The parts of the menu: pages by the patterns of their paths, in this order. */
const parts = [
  ["Start", [/^README\.md$/u, /ten-minutes/u, /guides\/laptop/u]],
  ["Guides", [/^docs\/guides\//u, /^docs\/testing-modules/u]],
  ["Delivery", [/^docs\/(?!decisions\/|functions|command-line)/u]],
  ["Reference", [/^docs\/functions/u, /^docs\/command-line/u, /SUPPORTED/u]],
  ["Inside", [/^\.dagger/u, /^engine/u, /^infra/u, /^services/u, /^examples/u]],
  ["Project", [/^[A-Z]+\.md$/u]],
  ["Decisions", [/^docs\/decisions\//u]],
];

/** @returns {{ name: string, pages: import("./pages.mjs").Page[] }[]} every page, in one part each */
export function menuOf(pages) {
  const left = new Set(pages);
  return parts.map(([name, patterns]) => {
    const chosen = patterns.flatMap((pattern) => {
      const found = [...left].filter(({ path }) => pattern.test(path));
      for (const page of found) left.delete(page);
      return found;
    });
    return { name, pages: chosen };
  });
}
