import {
  type EnumTypeDef,
  isRequired,
  type ModuleTypes,
  type TypeRef,
} from "../../module/type-defs.ts";

/** A function or field, as far as a command line needs to know it. */
export interface Callable {
  /** as the API writes it */
  readonly name: string;
  readonly description: string;
  readonly args: readonly CallableArgument[];
  readonly returns: TypeRef;
}

export interface CallableArgument {
  readonly name: string;
  readonly description: string;
  readonly type: TypeRef;
  readonly default?: unknown;
  readonly required: boolean;
  /** patterns left out of a Directory that is given */
  readonly ignore?: readonly string[];
}

/** A type on which functions can be called. */
export interface Provider {
  readonly name: string;
  readonly functions: readonly Callable[];
}

/** The types that a command line can reach. */
export interface Types {
  /** the functions of the module at hand; none outside of any module */
  readonly query: Provider;
  /** the constructor, when it takes arguments */
  readonly construct?: Callable;
  /** undefined: nothing can be called on a type of that name */
  provider(name: string): Promise<Provider | undefined>;
  /** names of an enumeration's members */
  members(name: string): Promise<readonly string[]>;
}

/** The types of a module; those of the API itself are loaded only when a call reaches them. */
export function typesOf(module: ModuleTypes | undefined): Types {
  const objects = module?.objects ?? [];
  const main = objects.find(({ name }) => name === module?.main);
  const core = () => import("./core-types.ts");
  const construct = main?.construct && callable({ ...main.construct, name: "with" });
  return {
    query: { name: "Query", functions: main ? functionsOf(main) : [] },
    ...(construct && construct.args.length > 0 ? { construct } : {}),
    async provider(name) {
      if (name === "Query") return this.query;
      const own = objects.find((each) => each.name === name);
      if (own) return { name, functions: functionsOf(own) };
      const shape = module?.interfaces.find((each) => each.name === name);
      if (shape) return { name, functions: shape.functions.map(callable) };
      return (await core()).coreProvider(name);
    },
    async members(name) {
      const own = module?.enums.find((each) => each.name === name);
      return own ? memberNames(own) : (await core()).coreMembers(name);
    },
  };
}

/** The functions of the API itself. */
export async function coreTypes(): Promise<Types> {
  const query = (await import("./core-types.ts")).coreProvider("Query");
  return { ...typesOf(undefined), ...(query ? { query } : {}) };
}

/** The type whose functions come next: a list's are called on each item. */
export function providerName(type: TypeRef): string | undefined {
  if (type.kind === "list") return providerName(type.item);
  return type.kind === "object" || type.kind === "interface" ? type.name : undefined;
}

function functionsOf(object: ModuleTypes["objects"][number]): Callable[] {
  return [
    ...object.fields.map(({ name, description, type }) => ({
      name,
      description,
      args: [],
      returns: type,
    })),
    ...object.functions.map(callable),
  ];
}

function callable(from: ModuleTypes["objects"][number]["functions"][number]): Callable {
  return {
    name: from.name,
    description: from.description,
    args: from.args.map((arg) => ({
      name: arg.name,
      // The recorded engine answers it as a paragraph of its own.
      description: arg.description && `\n${arg.description}\n`,
      type: arg.type,
      ...(arg.default === undefined ? {} : { default: arg.default }),
      required: isRequired(arg),
      ...(arg.ignore ? { ignore: arg.ignore } : {}),
    })),
    returns: from.returns,
  };
}

function memberNames(type: EnumTypeDef): string[] {
  return type.members.map(({ name }) => name);
}
