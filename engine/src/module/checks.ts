import {
  type FunctionTypeDef,
  isRequired,
  type ModuleTypes,
  mainObject,
  type ObjectTypeDef,
} from "./type-defs.ts";

/** A function marked with @check, with the way to it from the main object. */
export interface Check {
  /** names of functions in the API: `["group", "innerPass"]` */
  readonly path: readonly string[];
  readonly fn: FunctionTypeDef;
}

/** All checks of a module: of its main object, and of objects that functions without need answer. */
export function checksOf(types: ModuleTypes): Check[] {
  const main = mainObject(types);
  return main ? below(main, [], new Set([main.name]), types) : [];
}

function below(
  object: ObjectTypeDef,
  path: readonly string[],
  seen: ReadonlySet<string>,
  types: ModuleTypes,
): Check[] {
  return object.functions.flatMap((fn): Check[] => {
    if (fn.args.some(isRequired)) return [];
    const here = [...path, fn.name];
    if (fn.isCheck) return [{ path: here, fn }];
    const { returns } = fn;
    const next =
      returns.kind === "object" && types.objects.find(({ name }) => name === returns.name);
    if (!next || seen.has(next.name)) return [];
    return below(next, here, new Set([...seen, next.name]), types);
  });
}
