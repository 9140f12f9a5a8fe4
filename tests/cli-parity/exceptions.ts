/** Recorded command lines that galley does not repeat, each with the reason. */
export const exceptions: Readonly<Record<string, string>> = {
  "cli/kinds/list-nested":
    "a list of lists is answered with its items; the recorded engine answers opaque handles",
  "cli/kinds/json-nested": "as list-nested",
  "cli/kinds/query-module-list": "as list-nested",
  "cli/kinds/arg-dir-file": "the message holds a temporary mount of the recorded engine",
  "cli/kinds/arg-platform-bad":
    "galley refuses a platform when it reads the request, as it does for the API's own fields",
  "cli/kinds/arg-container-missing": "the message is that of an image registry on the internet",
};

/** Command lines that read a folder beside their module, by what they need of the corpus. */
export const needs: Readonly<Record<string, string>> = {
  "cli/kinds/arg-dir": "files/data",
  "cli/kinds/arg-dir-absolute": "files/data",
  "cli/kinds/arg-file": "files/data",
};
