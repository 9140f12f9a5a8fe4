/** A type as a field or an argument names it. */
export type ApiType =
  | { readonly kind: "named"; readonly name: string; readonly required: boolean }
  | { readonly kind: "list"; readonly item: ApiType; readonly required: boolean };

const parsed = new Map<string, ApiType>();

/** Reads GraphQL's notation: `Container!`, `[String!]!`. */
export function apiType(text: string): ApiType {
  const known = parsed.get(text);
  if (known) return known;
  const required = text.endsWith("!");
  const bare = required ? text.slice(0, -1) : text;
  const type: ApiType = bare.startsWith("[")
    ? { kind: "list", item: apiType(bare.slice(1, -1)), required }
    : { kind: "named", name: bare, required };
  parsed.set(text, type);
  return type;
}

export function typeText(type: ApiType): string {
  const bare = type.kind === "list" ? `[${typeText(type.item)}]` : type.name;
  return type.required ? `${bare}!` : bare;
}

/** The name at the heart of a type, whatever lists are around it. */
export function namedType(type: ApiType): string {
  return type.kind === "list" ? namedType(type.item) : type.name;
}
