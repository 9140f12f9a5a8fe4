/** Recorded command lines that galley does not repeat, each with the reason. */
export const exceptions: Readonly<Record<string, string>> = {
  "cli/kinds/arg-dir-file":
    "the words are the same but for a temporary mount of the recorded engine before the path: galley has none, and would have to name a folder that is not there",
};

/** Command lines that read a folder beside their module, by what they need of the corpus. */
export const needs: Readonly<Record<string, string>> = {
  "cli/kinds/arg-dir": "files/data",
  "cli/kinds/arg-dir-absolute": "files/data",
  "cli/kinds/arg-file": "files/data",
};
