import {
  type DocumentNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValueNode,
} from "graphql";

/**
 * The steps of a query that is one way without a branch, as the SDKs send them: each a field of a
 * type, with the names of its arguments. Nothing else of such a query decides whether it is valid, and
 * no step depends on another. Undefined: there is more to look at.
 */
export function stepsOf(schema: GraphQLSchema, document: DocumentNode): string[] | undefined {
  const [operation, ...more] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION || more.length > 0) return undefined;
  if (operation.variableDefinitions?.length || operation.directives?.length) return undefined;
  if (operation.operation !== "query") return undefined;
  const steps: string[] = [];
  let type: GraphQLNamedType | null | undefined = schema.getQueryType();
  let next: SelectionSetNode | undefined = operation.selectionSet;
  while (next) {
    const [selection, ...others]: SelectionSetNode["selections"] = next.selections;
    if (!selection || others.length > 0 || selection.directives?.length) return undefined;
    if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
    if (selection.kind === Kind.FRAGMENT_SPREAD) return undefined;
    if (selection.kind === Kind.FIELD) {
      const given = selection.arguments ?? [];
      if (!given.every(({ value }) => isPlain(value))) return undefined;
      const name = selection.name.value;
      steps.push(`${type.name}.${name}(${given.map((each) => each.name.value).join()})`);
      const field: GraphQLField<unknown, unknown> | undefined = type.getFields()[name];
      type = field && getNamedType(field.type);
    } else {
      const on = selection.typeCondition?.name.value ?? type.name;
      steps.push(`${type.name}...${on}`);
      type = schema.getType(on);
    }
    next = selection.selectionSet;
  }
  return steps;
}

/** A value in which no name can be wrong. */
function isPlain(value: ValueNode): boolean {
  if (value.kind === Kind.LIST) return value.values.every(isPlain);
  return value.kind !== Kind.VARIABLE && value.kind !== Kind.OBJECT;
}
