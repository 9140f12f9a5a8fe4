import type { Json } from "../tree/digest.ts";

/** What a module offers, as plain data, in the names that the API uses. */
export interface ModuleTypes {
  /** as in dagger.json */
  readonly name: string;
  readonly description: string;
  /** the object whose functions are the module's own; absent when no class has the module's name */
  readonly main?: string;
  readonly objects: readonly ObjectTypeDef[];
  readonly enums: readonly EnumTypeDef[];
  readonly interfaces: readonly InterfaceTypeDef[];
}

export interface ObjectTypeDef {
  /** `CtorPart` for a class `Part` of a module `ctor` */
  readonly name: string;
  /** the class's own name */
  readonly originalName: string;
  readonly description: string;
  readonly deprecated?: string;
  /** the arguments of the class's constructor, when it has one */
  readonly construct?: FunctionTypeDef;
  readonly fields: readonly FieldTypeDef[];
  readonly functions: readonly FunctionTypeDef[];
}

export interface FieldTypeDef {
  readonly name: string;
  readonly originalName: string;
  readonly description: string;
  readonly deprecated?: string;
  readonly type: TypeRef;
}

export interface FunctionTypeDef {
  readonly name: string;
  readonly originalName: string;
  readonly description: string;
  readonly deprecated?: string;
  readonly args: readonly ArgumentTypeDef[];
  readonly returns: TypeRef;
  readonly cache: FunctionCache;
  readonly isCheck: boolean;
  readonly isGenerator: boolean;
  readonly isUp: boolean;
}

export interface ArgumentTypeDef {
  readonly name: string;
  readonly originalName: string;
  readonly description: string;
  readonly deprecated?: string;
  readonly type: TypeRef;
  readonly default?: Json;
  /** where a Directory or File comes from when it is not given: `/` is the repository's root */
  readonly defaultPath?: string;
  /** an address, as on the command line, that stands in when nothing is given */
  readonly defaultAddress?: string;
  /** patterns left out of a Directory, given or not */
  readonly ignore?: readonly string[];
}

export interface EnumTypeDef {
  readonly name: string;
  readonly originalName: string;
  readonly description: string;
  readonly members: readonly EnumMemberTypeDef[];
}

interface EnumMemberTypeDef {
  readonly name: string;
  readonly originalName: string;
  readonly value: string;
  readonly description: string;
  readonly deprecated?: string;
}

export interface InterfaceTypeDef {
  readonly name: string;
  readonly originalName: string;
  readonly description: string;
  readonly functions: readonly FunctionTypeDef[];
}

/** How long an answer of a function holds. */
export type FunctionCache =
  /** seconds; Dagger's default is seven days */
  | { readonly kind: "kept"; readonly seconds: number }
  | { readonly kind: "session" }
  | { readonly kind: "never" };

export type TypeRef = { readonly optional: boolean } & (
  | { readonly kind: "string" | "integer" | "float" | "boolean" | "void" }
  | { readonly kind: "object" | "enum" | "scalar" | "interface"; readonly name: string }
  | { readonly kind: "list"; readonly item: TypeRef }
);

/** Must an argument be given? */
export function isRequired(arg: ArgumentTypeDef): boolean {
  return (
    !arg.type.optional &&
    arg.default === undefined &&
    arg.defaultPath === undefined &&
    arg.defaultAddress === undefined
  );
}

/** The main object's definition. */
export function mainObject(types: ModuleTypes): ObjectTypeDef | undefined {
  return types.objects.find((object) => object.name === types.main);
}
