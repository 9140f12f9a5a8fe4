import type { Answer, Place, ResourceChange } from "./answer.ts";
import { placeOf } from "./answer.ts";
import { patternOf } from "./pattern.ts";

/** What a plan does to one resource. The order is that in which people should read them. */
export const actions = [
  "destroy",
  "replace",
  "forget",
  "change",
  "create",
  "import",
  "move",
  "read",
] as const;
export type Action = (typeof actions)[number];

export interface Change {
  readonly action: Action;
  readonly address: string;
  /** may an apply do it? kitchen.yaml protects resources from being destroyed or replaced */
  readonly protected: boolean;
  readonly attributes: readonly Attribute[];
  readonly place?: Place | undefined;
}

export interface Attribute {
  readonly path: string;
  /** JSON texts; undefined where there is nothing */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** it is why the resource has to be replaced */
  readonly replaces: boolean;
}

/** What a plan does, the worst first. */
export function changesOf(
  { plan, places }: Pick<Answer, "plan" | "places">,
  protectedAddresses: readonly string[],
): Change[] {
  const all = (plan?.resource_changes ?? []).flatMap((each): Change[] => {
    const action = actionOf(each);
    if (!action) return [];
    const destroys = action === "destroy" || action === "replace";
    return [
      {
        action,
        address: each.deposed ? `${each.address} (deposed ${each.deposed})` : each.address,
        protected: destroys && protectedAddresses.some((one) => covers(one, each.address)),
        attributes: action === "change" || action === "replace" ? attributesOf(each) : [],
        place: placeOf(each.address, places),
      },
    ];
  });
  const rank = ({ action }: Change) => actions.indexOf(action);
  return all.sort(
    (one, other) => rank(one) - rank(other) || (one.address < other.address ? -1 : 1),
  );
}

function actionOf({ change, mode, previous_address, address }: ResourceChange): Action | undefined {
  const has = (action: string) => change.actions.includes(action);
  if (mode === "data") return has("read") ? "read" : undefined;
  if (has("delete")) return has("create") ? "replace" : "destroy";
  if (has("create") && has("forget")) return "forget";
  if (has("forget")) return "forget";
  if (has("create")) return "create";
  if (has("update")) return "change";
  if (change.importing) return "import";
  return previous_address !== undefined && previous_address !== address ? "move" : undefined;
}

/** Is an address the one that is named, or in it? `*` stands for anything. */
export function covers(named: string, address: string): boolean {
  return new RegExp(`^${patternOf(named)}(?:$|[.[])`, "s").test(address);
}

function attributesOf({ change }: ResourceChange): Attribute[] {
  const reasons = (change.replace_paths ?? []).map((path) => path.join("."));
  const found: Attribute[] = [];
  compare("", change.before, change.after, change.after_unknown);
  const isReason = (path: string) =>
    reasons.some((one) => path === one || path.startsWith(`${one}.`) || one.startsWith(`${path}.`));
  return found
    .map((each) => ({ ...each, replaces: isReason(each.path) }))
    .sort((one, other) => Number(other.replaces) - Number(one.replaces));

  function compare(path: string, before: unknown, after: unknown, unknown: unknown): void {
    if (unknown === true) {
      found.push({ path, before: text(before), after: "(known after apply)", replaces: false });
      return;
    }
    if (isRecord(before) || isRecord(after)) {
      if ((before === null || isRecord(before)) && (after === null || isRecord(after))) {
        const [one, other] = [before ?? {}, after ?? {}];
        const marks = isRecord(unknown) ? unknown : {};
        const keys = new Set([...Object.keys(one), ...Object.keys(other), ...Object.keys(marks)]);
        for (const key of [...keys].sort()) {
          compare(path ? `${path}.${key}` : key, one[key] ?? null, other[key] ?? null, marks[key]);
        }
        return;
      }
    }
    if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
      const marks = Array.isArray(unknown) ? unknown : [];
      for (const [index, value] of before.entries()) {
        compare(`${path}.${index}`, value, after[index], marks[index]);
      }
      return;
    }
    const [one, other] = [text(before), text(after)];
    if (one !== other) found.push({ path, before: one, after: other, replaces: false });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : JSON.stringify(value);
}
