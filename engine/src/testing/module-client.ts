import {
  type ArgumentTypeDef,
  type ModuleTypes,
  mainObject,
  type ObjectTypeDef,
  type TypeRef,
} from "../module/type-defs.ts";

/** What calls of a module are made through. */
export interface Caller {
  /** the data that a request answers */
  query(text: string): Promise<unknown>;
  /** the SDK's object of a type of the API */
  core(typeName: string, id: string): Promise<unknown>;
}

type RemoteObject = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

/** The main object of a module, made with the constructor's arguments. */
export async function constructed(
  types: ModuleTypes,
  args: readonly unknown[],
  caller: Caller,
): Promise<RemoteObject> {
  const main = mainObject(types);
  if (!main) throw new Error(`module ${types.name} has no class that is named like it`);
  const given = await written(main.construct?.args ?? [], args, "the constructor", types);
  const answer = await caller.query(`{with${given}{id}}`);
  return remoteObject(main, idIn(at(answer, "with")), types, caller);
}

/** An object's functions, and its fields as functions, by their names in the module's source. */
function remoteObject(
  type: ObjectTypeDef,
  id: string,
  types: ModuleTypes,
  caller: Caller,
): RemoteObject {
  const ask = async (name: string, given: string, returns: TypeRef) => {
    const asked = `${name}${given}${isObject(returns) ? "{id}" : ""}`;
    const answer = await caller.query(
      `{node(id:${JSON.stringify(id)}){... on ${type.name}{${asked}}}}`,
    );
    return answered(at(answer, "node", name), returns, types, caller);
  };
  const calls: Record<string, (...args: readonly unknown[]) => Promise<unknown>> = {
    id: async () => id,
  };
  for (const { name, originalName, type: returns } of type.fields) {
    calls[originalName] = () => ask(name, "", returns);
  }
  for (const { name, originalName, args: declared, returns } of type.functions) {
    calls[originalName] = async (...args) =>
      ask(name, await written(declared, args, originalName, types), returns);
  }
  return calls;
}

/** Arguments as a request has them: `(name:"x",by:2)`. */
async function written(
  declared: readonly ArgumentTypeDef[],
  given: readonly unknown[],
  whose: string,
  types: ModuleTypes,
): Promise<string> {
  if (given.length > declared.length) {
    throw new TypeError(`${whose} takes ${declared.length} arguments, ${given.length} were given`);
  }
  const all = await Promise.all(
    declared.map(async ({ name, type }, index) =>
      given[index] === undefined ? [] : [`${name}:${await literal(given[index], type, types)}`],
    ),
  );
  return all.flat().length === 0 ? "" : `(${all.flat().join(",")})`;
}

async function literal(value: unknown, type: TypeRef, types: ModuleTypes): Promise<string> {
  if (value === null) return "null";
  if (type.kind === "list" && Array.isArray(value)) {
    const items = await Promise.all(value.map((item) => literal(item, type.item, types)));
    return `[${items.join(",")}]`;
  }
  if (type.kind === "enum") {
    return membersOf(type.name, types).find((member) => member.value === value)?.name ?? `${value}`;
  }
  if (hasId(value)) return JSON.stringify(await value.id());
  // The API takes no number without a point where it wants one with it.
  if (type.kind === "float" && Number.isInteger(value)) return `${value}.0`;
  return JSON.stringify(value);
}

async function answered(
  value: unknown,
  type: TypeRef,
  types: ModuleTypes,
  caller: Caller,
): Promise<unknown> {
  if (value === null || value === undefined) return undefined;
  switch (type.kind) {
    case "list":
      return Promise.all(
        (value as readonly unknown[]).map((item) => answered(item, type.item, types, caller)),
      );
    case "enum":
      return membersOf(type.name, types).find(({ name }) => name === value)?.value ?? value;
    case "object": {
      const own = types.objects.find(({ name }) => name === type.name);
      const id = idIn(value);
      return own ? remoteObject(own, id, types, caller) : caller.core(type.name, id);
    }
    case "interface":
      throw new Error(`${type.name} is an interface: ask for what it answers with session.query()`);
    default:
      return value;
  }
}

function membersOf(name: string, types: ModuleTypes) {
  return types.enums.find((each) => each.name === name)?.members ?? [];
}

function isObject(type: TypeRef): boolean {
  return type.kind === "list" ? isObject(type.item) : /^(object|interface)$/u.test(type.kind);
}

function at(answer: unknown, ...path: readonly string[]): unknown {
  return path.reduce((value, name) => (value as Record<string, unknown> | null)?.[name], answer);
}

function idIn(answer: unknown): string {
  return String(at(answer, "id"));
}

function hasId(value: unknown): value is { id(): Promise<string> } {
  return typeof (value as { id?: unknown } | null)?.id === "function";
}
