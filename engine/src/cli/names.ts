/** A name as the command line writes it: `someArg` is `some-arg`, `aURL` is `a-url`. */
export function kebab(name: string): string {
  return name
    .trim()
    .replace(/([a-z])(?=[A-Z0-9])/gu, "$1-")
    .replace(/([0-9])(?=[A-Za-z])/gu, "$1-")
    .replace(/([A-Z])(?=[0-9])/gu, "$1-")
    .replace(/([A-Z])(?=[A-Z][a-z])/gu, "$1-")
    .replace(/[ _.]/gu, "-")
    .toLowerCase();
}
