import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionSetNode,
} from "graphql";
import type { Field } from "../schema/define.ts";
import { fitsInt64 } from "../tree/int64.ts";
import { type Api, nodeInterface } from "./api.ts";
import { CoercionError, coerce, given } from "./coerce.ts";
import { RequestError } from "./request-error.ts";
import { apiType, namedType } from "./type-ref.ts";

/** One field to resolve, its arguments read, with what is selected of its answer. */
export interface PlannedField {
  /** under which the answer is given: the alias, or the name */
  readonly key: string;
  readonly name: string;
  /** absent for __typename */
  readonly field?: Field;
  readonly args: Readonly<Record<string, unknown>>;
  /** only objects of this type have it */
  readonly onType: string;
  /** absent when nothing was selected */
  readonly selection?: readonly PlannedField[];
}

/** Reads the selections of a checked document: every argument, before anything is executed. */
export function plan(
  api: Api,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: ReadonlyMap<string, unknown>,
  query: string,
): readonly PlannedField[] {
  const fragments = new Map(
    document.definitions
      .filter((each): each is FragmentDefinitionNode => each.kind === "FragmentDefinition")
      .map((each) => [each.name.value, each]),
  );
  return selections(operation.selectionSet, "Query");

  function selections(set: SelectionSetNode, typeName: string): PlannedField[] {
    const planned: PlannedField[] = [];
    for (const selection of set.selections) {
      if (selection.kind === "Field") {
        planned.push(...plannedField(selection, typeName));
        continue;
      }
      const fragment =
        selection.kind === "FragmentSpread" ? fragments.get(selection.name.value) : selection;
      if (!fragment) continue;
      const onType = fragment.typeCondition?.name.value ?? typeName;
      planned.push(...selections(fragment.selectionSet, onType));
    }
    return merged(planned);
  }

  function plannedField(node: FieldNode, typeName: string): PlannedField[] {
    const name = node.name.value;
    const key = node.alias?.value ?? name;
    if (name === "__typename") return [{ key, name, args: {}, onType: typeName }];
    // Introspection is answered apart.
    if (name.startsWith("__")) return [];
    const field = fieldOf(typeName, name);
    const type = namedType(apiType(field.type));
    return [
      {
        key,
        name,
        field,
        args: argumentsOf(node, field),
        onType: typeName,
        ...(node.selectionSet ? { selection: selections(node.selectionSet, type) } : {}),
      },
    ];
  }

  function fieldOf(typeName: string, name: string): Field {
    // All that a Node has is its id; each object resolves its own.
    const field = api.field(typeName === nodeInterface ? "Query" : typeName, name);
    if (!field) throw new Error(`field ${typeName}.${name} was not checked`);
    return field;
  }

  function argumentsOf(node: FieldNode, field: Field): Record<string, unknown> {
    const args: Record<string, unknown> = {};
    for (const [name, argument] of Object.entries(field.args)) {
      if (argument.default !== undefined) args[name] = argument.default;
    }
    for (const argument of node.arguments ?? []) {
      const name = argument.name.value;
      const declared = field.args[name];
      const value = given(argument.value, variables);
      if (!declared || value === undefined) continue;
      if (value.kind === "int" && !fitsInt64(BigInt(value.text))) {
        throw refused(
          `parse field ${JSON.stringify(node.name.value)}: strconv.ParseInt: parsing ${JSON.stringify(value.text)}: value out of range`,
        );
      }
      if (value.kind === "string" && value.value === "" && /ID!?$/u.test(declared.type)) {
        throw new RequestError(422, [{ message: "internal system error" }]);
      }
      try {
        const coerced = coerce(value, apiType(declared.readAs ?? declared.type), api);
        if (coerced !== undefined) args[name] = coerced;
      } catch (error) {
        if (!(error instanceof CoercionError)) throw error;
        throw refused(
          `parse field ${JSON.stringify(node.name.value)}: init arg ${JSON.stringify(name)} ${error.message}`,
        );
      }
    }
    return args;
  }

  function refused(why: string): RequestError {
    const message = `query:\n${query}\n\nerror: parse selections: ${why}`;
    return new RequestError(200, [{ message }]);
  }
}

/** Selections of one key are one: what they select of its answer is put together. */
function merged(fields: readonly PlannedField[]): PlannedField[] {
  const byKey = new Map<string, PlannedField>();
  for (const field of fields) {
    const slot = `${field.onType} ${field.key}`;
    const before = byKey.get(slot);
    const selection =
      before?.selection && field.selection
        ? merged([...before.selection, ...field.selection])
        : (before?.selection ?? field.selection);
    byKey.set(slot, { ...field, ...(selection ? { selection } : {}) });
  }
  return [...byKey.values()];
}
