import { ApiError } from "../tree/api-error.ts";
import type { DependencyTypes } from "./dependency-client.ts";
import type { ModuleTypes, TypeRef } from "./type-defs.ts";

/**
 * Refuses a module whose own objects show a type of a dependency: Dagger's engine does not load it
 * either. What takes its place is an interface of the module's own, or a core type.
 */
export function refuseForeignTypes(
  { name, objects }: ModuleTypes,
  dependencies: readonly DependencyTypes[],
): void {
  const owners = new Map(
    dependencies.flatMap(({ types }) =>
      [...types.objects, ...types.enums, ...types.interfaces].map((each) => [
        each.name,
        types.name,
      ]),
    ),
  );
  const check = (type: TypeRef, what: string) => {
    const owner = owners.get(innermost(type));
    if (owner === undefined) return;
    throw new ApiError(`module ${name}: ${what} external type from dependency module "${owner}"`);
  };
  for (const { originalName, fields, functions, construct } of objects) {
    const object = `object ${JSON.stringify(originalName)}`;
    for (const field of fields) {
      check(field.type, `${object} field ${JSON.stringify(field.originalName)} cannot reference`);
    }
    for (const fn of construct ? [construct, ...functions] : functions) {
      const named = `${object} function ${JSON.stringify(fn.originalName)}`;
      check(fn.returns, `${named} cannot return`);
      for (const arg of fn.args) {
        check(arg.type, `${named} arg ${JSON.stringify(arg.originalName)} cannot reference`);
      }
    }
  }
}

function innermost(type: TypeRef): string {
  if (type.kind === "list") return innermost(type.item);
  return "name" in type ? type.name : "";
}
