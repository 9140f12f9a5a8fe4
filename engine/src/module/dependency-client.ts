import { lowerCamel } from "./names.ts";
import {
  type ArgumentTypeDef,
  type FieldTypeDef,
  type FunctionTypeDef,
  isRequired,
  type ModuleTypes,
  mainObject,
  type ObjectTypeDef,
  type TypeRef,
} from "./type-defs.ts";

/** A module that another one depends on, under the name that it has there. */
export interface DependencyTypes {
  readonly name: string;
  readonly types: ModuleTypes;
}

/**
 * The SDK with what a module's dependencies add to it, as JavaScript: a class for each of their
 * objects, and on `dag` a method for each dependency. `sdk` is where the SDK itself is imported from.
 */
export function clientCode(dependencies: readonly DependencyTypes[], sdk: string): string {
  const from = JSON.stringify(sdk);
  return [
    `import * as api from ${from};`,
    `export * from ${from};`,
    "const load = (ctx, Type, name) => ({ id }) =>",
    "  new Type(new api.Context([], ctx._connection).selectNode(id, name));",
    ...dependencies.flatMap(({ types }) => [
      ...types.enums.map(
        ({ name, members }) =>
          `export const ${name} = ${JSON.stringify(Object.fromEntries(members.map((each) => [each.originalName, each.name])))};`,
      ),
      ...classesOf(types).map((object) => classCode(object, types)),
    ]),
    ...dependencies.flatMap(({ name, types }) => {
      const main = mainObject(types);
      if (!main) return [];
      const args = main.construct?.args ?? [];
      return `api.Client.prototype[${JSON.stringify(lowerCamel(name))}] = function (${parameters(args)}) { return new ${main.name}(this._ctx.select(${JSON.stringify(lowerCamel(name))}, ${given(args)})); };`;
    }),
  ].join("\n");
}

/** The same as TypeScript declarations, for the scanner; `client` is the SDK's own client. */
export function clientDeclarations(
  dependencies: readonly DependencyTypes[],
  client: string,
): string {
  const own = new Set(
    dependencies.flatMap(({ types }) =>
      [...classesOf(types), ...types.enums].map(({ name }) => name),
    ),
  );
  const used = new Set<string>();
  const note = (name: string) => {
    if (!own.has(name)) used.add(name);
    return name;
  };
  const bodies = dependencies.flatMap(({ types }) => [
    ...types.enums.map(
      ({ name, members }) =>
        `export enum ${name} { ${members.map((each) => `${each.originalName} = ${JSON.stringify(each.name)}`).join(", ")} }`,
    ),
    ...classesOf(types).map(
      (object) =>
        `export declare class ${object.name} { id: () => Promise<string>; ${members(object)
          .map(({ name, args, type }) => `${name}: ${signature(args, type, note)};`)
          .join(" ")} }`,
    ),
  ]);
  const methods = dependencies.flatMap(({ name, types }) => {
    const main = mainObject(types);
    if (!main) return [];
    const type: TypeRef = { kind: "object", name: main.name, optional: false };
    return `${lowerCamel(name)}: ${signature(main.construct?.args ?? [], type, note)};`;
  });
  const from = JSON.stringify(client);
  return [
    `import type { ${[...used].join(", ")} } from ${from};`,
    ...bodies,
    `declare module ${from} { interface Client { ${methods.join(" ")} } }`,
  ].join("\n");
}

interface Member {
  readonly name: string;
  readonly args: readonly ArgumentTypeDef[];
  readonly type: TypeRef;
}

type Shape = Pick<ObjectTypeDef, "name" | "fields" | "functions">;

/** What a client has classes for: objects, and interfaces, whose objects can be anybody's. */
function classesOf({ objects, interfaces }: ModuleTypes): Shape[] {
  return [...objects, ...interfaces.map((each) => ({ ...each, fields: [] }))];
}

function members({ fields, functions }: Shape): Member[] {
  return [
    ...fields.map(({ name, type }: FieldTypeDef) => ({ name, args: [], type })),
    ...functions.map(({ name, args, returns }: FunctionTypeDef) => ({ name, args, type: returns })),
  ];
}

function classCode(object: Shape, types: ModuleTypes): string {
  const methods = members(object).map(({ name, args, type }) => {
    const select = `this._ctx.select(${JSON.stringify(name)}, ${given(args)})`;
    return `  ${name} = (${parameters(args)}) => ${answerCode(select, type, types)};`;
  });
  return [
    `export class ${object.name} {`,
    "  constructor(ctx) { this._ctx = ctx; }",
    '  id = () => this._ctx.select("id").execute();',
    ...methods,
    "}",
  ].join("\n");
}

function answerCode(select: string, type: TypeRef, types: ModuleTypes): string {
  if (isObject(type)) return `new ${className(type.name, types)}(${select})`;
  if (type.kind === "list" && isObject(type.item)) {
    const { name } = type.item;
    return `${select}.select("id").execute().then((found) => found.map(load(this._ctx, ${className(name, types)}, ${JSON.stringify(name)})))`;
  }
  return `${select}.execute()`;
}

/** Some of the API's names are taken in the client: it calls them `Module_`, `Function_`. */
function className(name: string, types: ModuleTypes): string {
  if (classesOf(types).some((object) => object.name === name)) return name;
  return `(api[${JSON.stringify(name)}] ?? api[${JSON.stringify(`${name}_`)}])`;
}

/** Required arguments one by one, the others in an object at the end: as Dagger's own client. */
function parameters(args: readonly ArgumentTypeDef[]): string {
  const required = args.filter(isRequired).map(({ name }) => name);
  return [...required, ...(required.length < args.length ? ["opts"] : [])].join(", ");
}

function given(args: readonly ArgumentTypeDef[]): string {
  const required = args.filter(isRequired).map(({ name }) => name);
  return `{ ${[...required, ...(required.length < args.length ? ["...opts"] : [])].join(", ")} }`;
}

function signature(
  args: readonly ArgumentTypeDef[],
  type: TypeRef,
  note: (name: string) => string,
): string {
  const required = args.filter(isRequired);
  const optional = args.filter((arg) => !isRequired(arg));
  const list = required.map((arg) => `${arg.name}: ${tsType(arg.type, note)}`);
  if (optional.length > 0) {
    list.push(
      `opts?: { ${optional.map((arg) => `${arg.name}?: ${tsType(arg.type, note)}`).join("; ")} }`,
    );
  }
  const answer = tsType(type, note);
  return `(${list.join(", ")}) => ${isObject(type) ? answer : `Promise<${answer}>`}`;
}

function isObject(type: TypeRef): type is TypeRef & { kind: "object" | "interface" } {
  return type.kind === "object" || type.kind === "interface";
}

function tsType(type: TypeRef, note: (name: string) => string): string {
  switch (type.kind) {
    case "integer":
    case "float":
      return "number";
    case "list":
      return `${tsType(type.item, note)}[]`;
    case "object":
    case "enum":
    case "scalar":
    case "interface":
      return note(type.name);
    default:
      return type.kind;
  }
}
