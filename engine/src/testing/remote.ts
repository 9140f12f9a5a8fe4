/**
 * A module's object as a test sees it, typed by the module's own class: each of its functions is a
 * call that is really made, and answered later; a field is a function without arguments.
 */
export type Remote<T> = {
  readonly [Name in keyof T]: T[Name] extends (...args: infer Given) => infer Answer
    ? (...args: Given) => Promise<Answered<Awaited<Answer>>>
    : () => Promise<Answered<T[Name]>>;
};

/** What becomes of an answer: values stay, objects of the API are the SDK's, others are called on. */
export type Answered<T> = T extends string | number | boolean | undefined | null
  ? T
  : T extends void
    ? undefined
    : T extends readonly (infer Item)[]
      ? Answered<Item>[]
      : // Directory, Container and all others of the SDK tell their id; module objects do not.
        T extends { id: (...args: never[]) => Promise<unknown> }
        ? T
        : Remote<T>;

/** A class of a module, as `typeof Hello`. */
export type ModuleClass = abstract new (...args: never[]) => object;
