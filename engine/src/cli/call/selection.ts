import type { TypeRef } from "../../module/type-defs.ts";

/** One field of a chain, with its arguments as they stand in a query. */
export interface Selection {
  readonly field: string;
  readonly alias?: string;
  readonly args?: readonly (readonly [name: string, literal: string])[];
}

/** The query that a chain of fields makes. */
export function queryOf(chain: readonly Selection[]): string {
  return chain.reduceRight((inner, { field, alias, args = [] }) => {
    const given = args.map(([name, literal]) => `${name}:${literal}`).join(", ");
    return `{${alias ? `${alias}:` : ""}${field}${given && `(${given})`}${inner}}`;
  }, "");
}

/** What the chain's last field answered; a list on the way is answered with all its items. */
export function answerOf(chain: readonly Selection[], data: unknown): unknown {
  let answer = data;
  for (const { field, alias } of chain) {
    if (answer === null || typeof answer !== "object" || Array.isArray(answer)) break;
    answer = (answer as Record<string, unknown>)[alias ?? field];
  }
  return answer;
}

/** A value as a literal of a query. */
export function literal(value: unknown, type: TypeRef): string {
  if (Array.isArray(value)) {
    const item = type.kind === "list" ? type.item : type;
    return `[${value.map((each) => literal(each, item)).join(",")}]`;
  }
  const inner = type.kind === "list" ? type.item : type;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([name, each]) => `${name}:${JSON.stringify(each)}`)
      .join(",")}}`;
  }
  if (inner.kind === "enum") return String(value);
  // An integer's literal is not taken for a float's.
  if (inner.kind === "float" && Number.isInteger(value)) return `${String(value)}.0`;
  return JSON.stringify(value);
}
