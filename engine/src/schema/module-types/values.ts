import type { Json } from "../../tree/digest.ts";

/** What modules offer, as plain data: types with their fields and functions, and where they are declared. */

export type TypeDefKind =
  | "STRING_KIND"
  | "INTEGER_KIND"
  | "FLOAT_KIND"
  | "BOOLEAN_KIND"
  | "SCALAR_KIND"
  | "LIST_KIND"
  | "OBJECT_KIND"
  | "INTERFACE_KIND"
  | "INPUT_KIND"
  | "VOID_KIND"
  | "ENUM_KIND";

export interface SourceMap {
  readonly filename: string;
  readonly line: number;
  readonly column: number;
}

interface Described {
  readonly name: string;
  readonly description: string;
  readonly deprecated?: string;
  readonly sourceMap?: SourceMap;
}

/** One shape for all kinds of types: what a kind does not have is empty. */
export interface TypeDef extends Described {
  /** absent as long as nothing has said it */
  readonly kind?: TypeDefKind;
  readonly optional: boolean;
  /** of a list: the type of its elements */
  readonly item?: TypeDef;
  readonly fields: readonly FieldDef[];
  readonly functions: readonly FunctionDef[];
  readonly construct?: FunctionDef;
  readonly members: readonly MemberDef[];
  /** the module that it is of; absent: the API's own */
  readonly module?: string;
}

export interface FieldDef extends Described {
  readonly type: TypeDef;
}

export interface MemberDef extends Described {
  readonly value: string;
}

export interface FunctionDef extends Described {
  readonly returns: TypeDef;
  readonly args: readonly ArgumentDef[];
  readonly module?: string;
}

export interface ArgumentDef extends Described {
  readonly type: TypeDef;
  readonly default?: Json;
  readonly defaultPath: string;
  readonly defaultAddress: string;
  readonly ignore: readonly string[];
}

/** A module: what it offers, and where it comes from unless it was put together by hand. */
export interface Module {
  readonly name: string;
  readonly description: string;
  readonly objects: readonly TypeDef[];
  readonly enums: readonly TypeDef[];
  readonly interfaces: readonly TypeDef[];
  readonly source?: ModuleSource;
}

export type ModuleSourceKind = "LOCAL_SOURCE" | "GIT_SOURCE" | "DIR_SOURCE";

/** Where a module is, as far as it is known before it is read. */
export interface ModuleSource {
  readonly kind: ModuleSourceKind;
  readonly name: string;
  /** the folder of its dagger.json, on this machine */
  readonly root: string;
  /** the folder of its code, relative to `root` */
  readonly source: string;
  /** the repository, or the folder, that it may reach: an absolute path of this machine */
  readonly context: string;
  readonly engineVersion: string;
  /** as dependents have it: a path, or an address of git with a commit */
  readonly reference: string;
  readonly git?: { readonly url: string; readonly commit: string; readonly version: string };
}

export const noType: TypeDef = {
  name: "",
  description: "",
  optional: false,
  fields: [],
  functions: [],
  members: [],
};
