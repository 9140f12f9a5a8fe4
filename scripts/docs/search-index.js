/** Everything that can be found, by its words; the same in the reader's browser and in a test. */
// biome-ignore lint/correctness/noUnusedVariables: search.js calls it, as a script of the same page
function searchIndex(sections) {
  const index = new MiniSearch({
    fields: ["heading", "title", "text"],
    storeFields: ["at", "title", "heading", "text"],
    // `load-test`, `loadTest` and `load test` are the same to who searches.
    tokenize: (words) => words.split(/[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})/u),
    searchOptions: {
      prefix: true,
      fuzzy: 0.15,
      combineWith: "AND",
      boost: { heading: 4, title: 3 },
    },
  });
  index.addAll(sections);
  return index;
}
