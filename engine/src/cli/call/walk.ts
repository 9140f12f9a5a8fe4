import type { Flag } from "../flags/flag.ts";
import { FlagSet } from "../flags/flag-set.ts";
import { kebab } from "../names.ts";
import type { Asked } from "../request.ts";
import { UsageError } from "../usage-error.ts";
import { resolveAddress } from "./address.ts";
import { argumentFlags, supportedFunctions } from "./argument-flag.ts";
import { literal, type Selection } from "./selection.ts";
import { type Callable, type CallableArgument, providerName, type Types } from "./types.ts";

/** One word of a call: a function with its flags, and what can follow it. */
export interface CalledCommand {
  /** `dagger call hello` */
  readonly path: string;
  /** it is `call` itself */
  readonly isRoot: boolean;
  readonly description: string;
  /** the flags that help lists: its own, and at the top those of the command itself */
  readonly flags: readonly Flag[];
  readonly hasArguments: boolean;
  readonly functions: readonly Callable[];
  readonly returns: Callable["returns"];
}

/** A call that cannot be made, and the command at whose help to look. */
export class WrongCall extends Error {
  override name = "WrongCall";

  constructor(
    readonly command: CalledCommand,
    cause: Error,
  ) {
    super(cause.message, { cause });
  }
}

export interface Walk {
  readonly types: Types;
  /** the command that the words follow: `dagger call` */
  readonly start: { readonly path: string; readonly description: string };
  readonly session: Asked;
  /** the flags of `call`, and those of every command; both may stand anywhere */
  readonly own: readonly Flag[];
  readonly inherited: readonly Flag[];
  /** only help is asked for: nothing is required, nothing is looked up */
  readonly helpOnly: boolean;
}

/** The last command of a call, and the chain of fields that it asks for. */
export interface Walked {
  readonly command: CalledCommand;
  readonly chain: readonly Selection[];
}

/** Follows a call word by word; each function's flags are known only when its word is reached. */
export async function walk(args: readonly string[], options: Walk): Promise<Walked> {
  const { types } = options;
  const root: Callable = {
    name: "call",
    description: options.start.description,
    args: (types.construct?.args ?? []).map((arg) => ({ ...arg, required: false })),
    returns: { kind: "object", name: "Query", optional: false },
  };
  let fn = root;
  let { path } = options.start;
  let rest = args;
  const chain: Selection[] = [];
  for (;;) {
    const flags = await argumentFlags(fn, types);
    const provider = await types.provider(providerName(fn.returns) ?? "");
    const command: CalledCommand = {
      path,
      description: fn.description,
      isRoot: fn === root,
      flags: fn === root ? [...flags, ...options.own] : flags,
      hasArguments: fn !== root && fn.args.length > 0,
      functions: provider ? supportedFunctions(provider).supported.filter(isShown) : [],
      returns: fn.returns,
    };
    const set = new FlagSet([...flags, ...options.own, ...options.inherited]);
    try {
      rest = set.parse(rest, { stopAtWord: true });
      if (!options.helpOnly) {
        refuseMissing(flags);
        const selection = await select(fn, flags, options);
        if (fn !== root) chain.push(selection);
        else if (flags.some(({ changed }) => changed)) chain.push({ ...selection, field: "with" });
      }
    } catch (error) {
      throw new WrongCall(command, error as Error);
    }
    const [word, ...after] = rest;
    if (word === undefined) return { command, chain };
    const next = command.functions.find(({ name }) => kebab(name) === word);
    if (!next) {
      const problem = `unknown command ${JSON.stringify(word)} for ${JSON.stringify(path)}`;
      throw new WrongCall(command, new UsageError(problem));
    }
    fn = next;
    path = `${path} ${word}`;
    rest = after;
  }
}

/** Functions that the command line cannot make use of by name. */
function isShown({ name }: Callable): boolean {
  return name !== "id";
}

function refuseMissing(flags: readonly Flag[]): void {
  const missing = flags.filter(({ required, changed }) => required && !changed);
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => JSON.stringify(name)).sort();
  throw new UsageError(`required flag(s) ${names.join(", ")} not set`);
}

async function select(fn: Callable, flags: readonly Flag[], walk: Walk): Promise<Selection> {
  const given = fn.args.flatMap((arg) => {
    const flag = flags.find(({ name }) => name === kebab(arg.name));
    return flag?.changed ? [{ arg, flag }] : [];
  });
  const args = await Promise.all(
    given.map(async ({ arg, flag }) => {
      return [arg.name, await argumentLiteral(arg, flag, walk)] as const;
    }),
  );
  return { field: fn.name, args };
}

async function argumentLiteral(arg: CallableArgument, flag: Flag, walk: Walk): Promise<string> {
  const { type } = arg;
  const inner = type.kind === "list" ? type.item : type;
  if (inner.kind !== "object") return literal(flag.value, type);
  const shadowsSecret = walk.types.query.functions.some(({ name }) => name === "secret");
  const options = { shadowsSecret, ...(arg.ignore ? { ignore: arg.ignore } : {}) };
  const resolve = async (address: unknown) =>
    JSON.stringify(await resolveAddress(inner.name, String(address), walk.session, options));
  try {
    if (!Array.isArray(flag.value)) return await resolve(flag.value);
    return `[${(await Promise.all(flag.value.map(resolve))).join(",")}]`;
  } catch (error) {
    const said = (error as Error).message;
    throw new UsageError(`failed to get value for argument ${JSON.stringify(flag.name)}: ${said}`, {
      cause: error,
    });
  }
}
