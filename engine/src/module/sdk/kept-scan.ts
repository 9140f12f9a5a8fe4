import type { Json } from "../../tree/digest.ts";

/** The SDK's classes for what a scan finds, by name. */
export type Shapes = Readonly<Record<string, unknown>>;

/** What a scan found, without the compiler's objects. */
export type KeptScan = Json;

/** Ties to the compiler: needed while scanning only. */
const compilerTies = new Set([
  "ast",
  "file",
  "node",
  "references",
  "signature",
  "symbol",
  "userModule",
  "__node",
]);
const shapeKey = "$shape";

/** Turns what the SDK's scanner answered into data. */
export function keep(value: unknown, shapes: Shapes): Json {
  if (Array.isArray(value)) return value.map((each) => keep(each, shapes));
  if (typeof value !== "object" || value === null) return value as Json;
  const shape = Object.keys(shapes).find((name) => shapes[name] === value.constructor);
  // Members of the module's classes by their names: these may be called like a tie.
  const isRecord = value.constructor === Object;
  return {
    ...(shape ? { [shapeKey]: shape } : {}),
    ...Object.fromEntries(
      Object.entries(value)
        .filter(([key, each]) => (isRecord || !compilerTies.has(key)) && each !== undefined)
        .map(([key, each]) => [key, keep(each, shapes)]),
    ),
  };
}

/** Gives the data back as the SDK's invocation expects a scan: objects of the SDK's classes. */
export function revive(kept: Json, shapes: Shapes): unknown {
  if (Array.isArray(kept)) return kept.map((each) => revive(each, shapes));
  if (typeof kept !== "object" || kept === null) return kept;
  const { [shapeKey]: shape, ...rest } = kept as Record<string, Json>;
  const revived = Object.entries(rest).map(([key, each]) => [key, revive(each, shapes)]);
  const type = typeof shape === "string" ? shapes[shape] : undefined;
  return Object.assign(
    Object.create(typeof type === "function" ? type.prototype : Object.prototype),
    Object.fromEntries(revived),
  );
}
