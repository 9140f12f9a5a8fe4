import type { Session } from "../schema/define.ts";
import { ApiError } from "../tree/api-error.ts";
import { type Api, nodeInterface, type TypedObject } from "./api.ts";
import type { PlannedField } from "./plan.ts";
import type { AnsweredError } from "./request-error.ts";
import { type ApiType, apiType, namedType } from "./type-ref.ts";

/** What executing gives: data, or what went wrong; never both. */
export type Executed =
  | { readonly data: Record<string, unknown> }
  | { readonly errors: readonly AnsweredError[] };

/** Resolves planned fields; those beside each other at the same time. */
export async function execute(
  api: Api,
  fields: readonly PlannedField[],
  session: Session,
): Promise<Executed> {
  const results = await Promise.allSettled(
    fields.map((field) => resolveField(api, field, "Query", {}, [], session)),
  );
  const errors = results.flatMap((result) =>
    result.status === "rejected" ? [answered(result.reason)] : [],
  );
  if (errors.length > 0) return { errors };
  return {
    data: byKey(
      results.map((result, index) => [
        (fields[index] as PlannedField).key,
        (result as PromiseFulfilledResult<unknown>).value,
      ]),
    ),
  };
}

/** An error with the path of the field that it came from. */
class FieldError extends Error {
  constructor(
    readonly error: unknown,
    readonly path: readonly string[],
  ) {
    super((error as Error).message);
  }
}

async function resolveField(
  api: Api,
  planned: PlannedField,
  typeName: string,
  self: unknown,
  path: readonly string[],
  session: Session,
): Promise<unknown> {
  if (planned.name === "__typename") return typeName;
  // In a Node, what is asked for is the field of the object's own type.
  const field = api.field(typeName, planned.name);
  if (!field) throw new Error(`field ${typeName}.${planned.name} was not checked`);
  let value: unknown;
  try {
    value = await field.resolve(self as never, planned.args, session);
    requireSelection(api, planned, field.type);
  } catch (error) {
    throw error instanceof FieldError ? error : new FieldError(error, [...path, planned.key]);
  }
  if (planned.name === "id" && typeof value === "string") remember(session, value, path);
  const made = origin(session, planned);
  return complete(
    api,
    planned,
    apiType(field.type),
    value,
    made ?? [...path, planned.name],
    session,
  );
}

/** By session: the fields that led to the object of a handle when it was given out. */
const origins = new WeakMap<Session["context"], Map<string, readonly string[]>>();

function remember({ context }: Session, id: string, path: readonly string[]): void {
  const known = origins.get(context) ?? new Map<string, readonly string[]>();
  origins.set(context, known);
  if (!known.has(id)) known.set(id, path);
}

/** In Dagger an error below a handle is at the fields that made the object. */
function origin({ context }: Session, planned: PlannedField): readonly string[] | undefined {
  if (planned.name !== "node" && !/^load\w+FromID$/u.test(planned.name)) return undefined;
  return origins.get(context)?.get(String(planned.args.id));
}

function requireSelection(api: Api, planned: PlannedField, type: string): void {
  const named = namedType(apiType(type));
  if (planned.selection || !(api.object(named) || named === nodeInterface)) return;
  throw new ApiError(
    `field ${JSON.stringify(planned.name)} of type ${JSON.stringify(named)} must have a selection of subfields`,
  );
}

async function complete(
  api: Api,
  planned: PlannedField,
  type: ApiType,
  value: unknown,
  path: readonly string[],
  session: Session,
): Promise<unknown> {
  if (value === null || value === undefined) return null;
  if (type.kind === "list") {
    const items = value as readonly unknown[];
    return Promise.all(items.map((item) => complete(api, planned, type.item, item, path, session)));
  }
  if (!planned.selection) return value;
  const { typeName, value: object } =
    type.name === nodeInterface
      ? (value as TypedObject)
      : { typeName: type.name, value: value as object };
  const selected = planned.selection.flatMap((field) => {
    if (field.onType === typeName || field.onType === nodeInterface) {
      return { field, asType: typeName, self: object };
    }
    // A fragment on an interface: which object there is, is asked by its name and value.
    const isInterface = api.object(field.onType)?.isInterface;
    return isInterface ? { field, asType: field.onType, self: { typeName, value: object } } : [];
  });
  const [only, ...others] = selected;
  const answer = ({ field, asType, self }: (typeof selected)[number]) =>
    resolveField(api, field, asType, self, path, session);
  // A chain, as nearly all are, needs no collecting at each of its fields.
  if (only && others.length === 0) return { [only.field.key]: await answer(only) };
  return byKey(
    await Promise.all(selected.map(async (each) => [each.field.key, await answer(each)])),
  );
}

/** Keys come sorted. */
function byKey(entries: readonly (readonly unknown[])[]): Record<string, unknown> {
  const sorted = [...entries].sort(([one], [other]) =>
    (one as string) < (other as string) ? -1 : 1,
  );
  return Object.fromEntries(sorted as [string, unknown][]);
}

function answered(reason: unknown): AnsweredError {
  const { error, path } =
    reason instanceof FieldError ? reason : { error: reason, path: undefined };
  const extensions = error instanceof ApiError ? error.extensions : undefined;
  return {
    message: error instanceof Error ? error.message : String(error),
    ...(path ? { path } : {}),
    ...(extensions ? { extensions } : {}),
  };
}
