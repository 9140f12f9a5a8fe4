/** A regular expression's text for words in which `*` stands for anything. */
export function patternOf(words: string): string {
  const parts = words.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return parts.join(".*");
}
