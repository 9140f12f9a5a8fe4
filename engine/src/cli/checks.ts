import type { Check } from "../module/checks.ts";
import { isRequired, type ModuleTypes } from "../module/type-defs.ts";
import type { Selection } from "./call/selection.ts";
import { kebab } from "./names.ts";

/** What lists and patterns know a check by: `kitchen:lint`, `checks:group:inner-pass`. */
export function checkName({ path }: Check, { name }: ModuleTypes): string {
  return [name, ...path].map(kebab).join(":");
}

/** Types of the API whose objects do their work when they are synced. */
const synced: ReadonlySet<string> = new Set(["Container", "Directory", "File"]);

/** The chain of fields that runs a check, and waits until what it answers has passed or failed. */
export function checkChain({ path, fn: { returns } }: Check, module: ModuleTypes): Selection[] {
  const chain = path.map((field) => ({ field }));
  if (returns.kind !== "object") return chain;
  if (synced.has(returns.name)) return [...chain, { field: "sync" }];
  const object = module.objects.find(({ name }) => name === returns.name);
  const sync = object?.functions.find(
    ({ name, args }) => name === "sync" && !args.some(isRequired),
  );
  if (!sync) return [...chain, { field: "id" }];
  const sub = sync.returns.kind === "object" ? [{ field: "id" }] : [];
  return [...chain, { field: "sync" }, ...sub];
}

/** Does a check's name match one of the patterns? Without any it does. */
export function isAsked(name: string, patterns: readonly string[]): boolean {
  if (patterns.length === 0) return true;
  const path = name.split(":");
  return patterns.some((pattern) => {
    const parts = pattern.split(":").map(kebab);
    // A name alone stands for all below it, with or without the module's name before it.
    return [path, path.slice(1)].some(
      (names) => matches(parts, names) || parts.every((part, index) => part === names[index]),
    );
  });
}

/** `*` is any part of a name, `**` any number of names. */
function matches([part, ...parts]: readonly string[], names: readonly string[]): boolean {
  if (part === undefined) return names.length === 0;
  if (part === "**") {
    return Array.from({ length: names.length + 1 }).some((_, skipped) =>
      matches(parts, names.slice(skipped)),
    );
  }
  const [name, ...rest] = names;
  return name !== undefined && globOf(part).test(name) && matches(parts, rest);
}

function globOf(part: string): RegExp {
  const source = part
    .replace(/[+^${}()|[\]\\]/gu, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "u");
}
