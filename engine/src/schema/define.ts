import type { Context } from "../graph/context.ts";
import type { Json } from "../tree/digest.ts";
import type { ModuleAccess } from "./module-types/access.ts";
import type { Directory } from "./values.ts";

/** A type of the API: its fields, and for each how it is resolved. */
export interface ObjectType<Self = never> {
  readonly name: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, Field<Self>>>;
  /** its values are objects of other types, each with the name of its own */
  readonly isInterface?: true;
}

export interface Field<Self = never> {
  readonly description: string;
  readonly deprecated?: string;
  readonly args: Readonly<Record<string, Argument>>;
  /** in GraphQL's schema language: `Container!`, `[String!]!` */
  readonly type: string;
  /** `args` are coerced and have their defaults; ids are still strings: `session.load` takes them */
  resolve(self: Self, args: Arguments, session: Session): unknown;
}

export interface Argument {
  readonly type: string;
  /** the type that a request's value is read as, where it is less strict than the type itself */
  readonly readAs?: string;
  /** the type of the objects behind handles: what a command line can give instead of one */
  readonly expects?: string;
  readonly default?: Json;
  readonly description: string;
}

/** Arguments as the API's types promise them; each resolver reads the ones it declared. */
// biome-ignore lint/suspicious/noExplicitAny: the executor has checked them against the declaration
export type Arguments = Readonly<Record<string, any>>;

export interface EnumType {
  readonly name: string;
  readonly description: string;
  readonly values: Readonly<Record<string, string>>;
  /** other names by which requests may give a value; the SDK's clients use these where there are any */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** An object that an argument takes. */
export interface InputType {
  readonly name: string;
  readonly description: string;
  readonly fields: Readonly<Record<string, Argument>>;
}

/** What resolvers may use of the session they run in. */
export interface Session {
  readonly context: Context;
  /** what relative paths of the host are relative to: where the client, or the function, runs */
  readonly workdir: string;
  readonly env: NodeJS.ProcessEnv;
  /** a handle for an object; equal values have equal handles, and handles outlive the session */
  idOf(typeName: string, value: object): Promise<string>;
  /** the object of a handle; an error when it is none, or not of that type */
  load<T extends object>(typeName: string, id: string): Promise<T>;
  /** the object of a handle, whatever its type is */
  find(id: string): { readonly typeName: string; readonly value: object };
  readonly secrets: SecretTable;
  readonly modules?: ModuleAccess | undefined;
  /** the function call that sends the request, when one does */
  readonly call?: CurrentCall;
}

/** What a function that runs may ask about its call, and how it answers. */
export interface CurrentCall {
  readonly moduleName: string;
  moduleSource(): Directory;
  /** where the function's process runs: its own copy of the module's source */
  readonly workdir: string;
  /** class of the object that the function belongs to; empty names are the constructor */
  readonly parentName: string;
  readonly name: string;
  readonly parent: Json;
  readonly args: readonly { readonly name: string; readonly value: Json }[];
  returnValue(value: Json): void;
  returnError(message: string, extensions: Readonly<Record<string, unknown>>): void;
}

/** Secrets of a session: plaintext is in memory only. */
export interface SecretTable {
  /** remembers a plaintext under a name; the answer stands for it in values and operations */
  set(name: string, plaintext: string): string;
  /** reads a secret's plaintext by what stands for it */
  plaintext(reference: string): Promise<Buffer>;
}

/** Declares a type; only for the type checker's sake. */
export function defineType<Self>(type: ObjectType<Self>): ObjectType<Self> {
  return type;
}
