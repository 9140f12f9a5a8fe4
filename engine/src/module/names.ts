/** Names as Dagger makes them out of those in a module's source. */

/** `partLater` for `part_later`, `PartLater`; runs of capitals lose all but the first. */
export function lowerCamel(name: string): string {
  return camel(name, false);
}

export function upperCamel(name: string): string {
  return camel(name, true);
}

/** `DEEP_BLUE` for `DeepBlue`. */
export function screamingSnake(name: string): string {
  return name
    .trim()
    .replace(/([a-z\d])([A-Z])/gu, "$1_$2")
    .replace(/([A-Z])([A-Z][a-z])/gu, "$1_$2")
    .replace(/([a-zA-Z])(\d)/gu, "$1_$2")
    .replace(/(\d)([a-zA-Z])/gu, "$1_$2")
    .replace(/[ \-.]/gu, "_")
    .toUpperCase();
}

/** A type of a module carries the module's name, unless it begins with it already. */
export function typeName(name: string, moduleName: string): string {
  const own = upperCamel(name);
  const prefix = upperCamel(moduleName);
  if (own === prefix) return prefix;
  if (own.startsWith(prefix) && /^[A-Z]/u.test(own.slice(prefix.length))) return own;
  return upperCamel(`${moduleName}_${name}`);
}

function camel(name: string, startWithCapital: boolean): string {
  let result = "";
  let capitalNext = startWithCapital;
  let afterCapital = false;
  for (const [index, letter] of [...name.trim()].entries()) {
    const isCapital = /[A-Z]/u.test(letter);
    if (/[a-zA-Z]/u.test(letter)) {
      const lower = index === 0 ? !capitalNext : isCapital && afterCapital && !capitalNext;
      result += lower ? letter.toLowerCase() : capitalNext ? letter.toUpperCase() : letter;
      capitalNext = false;
    } else if (/\d/u.test(letter)) {
      result += letter;
      capitalNext = true;
    } else {
      capitalNext = /[_ \-.]/u.test(letter);
    }
    afterCapital = isCapital;
  }
  return result;
}
