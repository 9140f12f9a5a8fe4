import { type DocumentNode, Kind, type SelectionSetNode, type ValueNode } from "graphql";

/** Chains that are longer are seldom asked twice. */
const longest = 2000;

/**
 * The names that a query goes through, when it is one way without a branch, as the SDKs send them:
 * nothing else of it decides whether it is valid. Undefined: there is more to look at.
 */
export function wayOf(document: DocumentNode): string | undefined {
  const [operation, ...more] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION || more.length > 0) return undefined;
  if (operation.variableDefinitions?.length || operation.directives?.length) return undefined;
  let way: string = operation.operation;
  let next: SelectionSetNode | undefined = operation.selectionSet;
  while (next) {
    const [selection, ...others]: SelectionSetNode["selections"] = next.selections;
    if (!selection || others.length > 0 || selection.directives?.length) return undefined;
    if (selection.kind === Kind.FRAGMENT_SPREAD) return undefined;
    if (selection.kind === Kind.FIELD) {
      const given = selection.arguments ?? [];
      if (!given.every(({ value }) => isPlain(value))) return undefined;
      way += `/${selection.name.value}(${given.map(({ name }) => name.value).join()})`;
    } else {
      way += `/...${selection.typeCondition?.name.value}`;
    }
    if (way.length > longest) return undefined;
    next = selection.selectionSet;
  }
  return way;
}

/** A value in which no name can be wrong. */
function isPlain(value: ValueNode): boolean {
  if (value.kind === Kind.LIST) return value.values.every(isPlain);
  return value.kind !== Kind.VARIABLE && value.kind !== Kind.OBJECT;
}
