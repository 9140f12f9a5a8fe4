import {
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  FieldsOnCorrectTypeRule,
  FragmentsOnCompositeTypesRule,
  GraphQLError,
  type GraphQLSchema,
  isLeafType,
  Kind,
  KnownArgumentNamesRule,
  KnownDirectivesRule,
  KnownFragmentNamesRule,
  KnownTypeNamesRule,
  LoneAnonymousOperationRule,
  NoFragmentCyclesRule,
  NoUndefinedVariablesRule,
  NoUnusedFragmentsRule,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  PossibleFragmentSpreadsRule,
  ProvidedRequiredArgumentsRule,
  UniqueArgumentNamesRule,
  UniqueFragmentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueOperationNamesRule,
  UniqueVariableNamesRule,
  type ValidationContext,
  type ValidationRule,
  VariablesAreInputTypesRule,
  VariablesInAllowedPositionRule,
  validate,
  visit,
} from "graphql";
import { parseQuery } from "./parse-query.ts";
import { type AnsweredError, RequestError, validationFailed } from "./request-error.ts";
import { stepsOf } from "./way.ts";

/**
 * What Dagger checks before it executes anything. Two of the standard's rules are not among them:
 * a missing selection of sub-fields and a value of the wrong type are found while executing.
 */
const rules: readonly ValidationRule[] = [
  onlyQueries,
  FieldsOnCorrectTypeRule,
  noFieldsOfLeaves,
  FragmentsOnCompositeTypesRule,
  KnownArgumentNamesRule,
  KnownDirectivesRule,
  KnownFragmentNamesRule,
  KnownTypeNamesRule,
  LoneAnonymousOperationRule,
  NoFragmentCyclesRule,
  NoUnusedFragmentsRule,
  OverlappingFieldsCanBeMergedRule,
  PossibleFragmentSpreadsRule,
  ProvidedRequiredArgumentsRule,
  UniqueArgumentNamesRule,
  UniqueFragmentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueOperationNamesRule,
  UniqueVariableNamesRule,
  VariablesAreInputTypesRule,
];

/** These go through all that is selected once more: only where there may be a variable. */
const rulesOfVariables: readonly ValidationRule[] = [
  NoUndefinedVariablesRule,
  NoUnusedVariablesRule,
  VariablesInAllowedPositionRule,
];

/** Why a field of Dagger's API is not in galley; undefined when it is no field of Dagger's. */
export type LeftOut = (type: string, field: string) => string | undefined;

/** Steps through a schema that were found valid: two thirds of a short query's time go to that. */
const validSteps = new WeakMap<GraphQLSchema, Set<string>>();
const mostSteps = 10_000;

/** Reads a query that the API can answer; `leftOut` tells Dagger's fields that galley lacks. */
export function checkedDocument(
  schema: GraphQLSchema,
  query: string,
  leftOut: LeftOut,
): DocumentNode {
  const document = parseQuery(query, { noLocation: true });
  const steps = stepsOf(schema, document);
  const valid = validSteps.get(schema) ?? new Set();
  validSteps.set(schema, valid);
  if (steps?.every((step) => valid.has(step))) return document;
  const located = parseQuery(query);
  const mayHaveVariables = query.includes("$");
  const errors = validate(
    schema,
    located,
    mayHaveVariables ? [...rules, ...rulesOfVariables] : rules,
  );
  if (errors.length > 0) {
    throw new RequestError(
      422,
      errors.map((error) => answered(error, located, leftOut)),
    );
  }
  if (!steps) return document;
  if (valid.size + steps.length > mostSteps) valid.clear();
  for (const step of steps) valid.add(step);
  return document;
}

function answered(error: GraphQLError, document: DocumentNode, leftOut: LeftOut): AnsweredError {
  const location = whereDaggerPoints(error, document);
  return {
    message: ofLeftOut(error.message, leftOut) ?? error.message,
    ...(location ? { locations: [location] } : {}),
    extensions: validationFailed,
  };
}

/** A field that Dagger has and galley has not is named as such, not as a misspelling. */
function ofLeftOut(message: string, leftOut: LeftOut): string | undefined {
  const [, field = "", type = ""] =
    /^Cannot query field "(\w+)" on type "(\w+)"/u.exec(message) ?? [];
  const why = leftOut(type, field);
  return (
    why && `galley does not have ${type}.${field}: ${why}; engine/SUPPORTED.md lists what it has`
  );
}

/** One place for each error: an argument's is its field's, of two fields it is the second one's. */
function whereDaggerPoints(
  error: GraphQLError,
  document: DocumentNode,
): { line: number; column: number } | undefined {
  const [culprit] = error.nodes ?? [];
  if (culprit?.kind !== Kind.ARGUMENT) return error.locations?.at(-1);
  let owner: FieldNode | undefined;
  visit(document, {
    Field(field) {
      if (field.arguments?.includes(culprit)) owner = field;
    },
  });
  return new GraphQLError("", { nodes: owner ?? culprit }).locations?.[0];
}

/** There is nothing but Query. graphql-js would say so only when it executes. */
function onlyQueries(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (node.operation === "query") return;
      context.reportError(
        new GraphQLError(
          `Schema does not support operation type ${JSON.stringify(node.operation)}`,
          { nodes: node },
        ),
      );
    },
  };
}

/** graphql-js reports sub-fields of a string by another rule, in other words. */
function noFieldsOfLeaves(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      const type = context.getType();
      const named = type && String(type).replace(/[[\]!]/gu, "");
      const leaf = named && context.getSchema().getType(named);
      if (!leaf || !isLeafType(leaf)) return;
      for (const selection of node.selectionSet?.selections ?? []) {
        if (selection.kind !== "Field") continue;
        context.reportError(
          new GraphQLError(
            `Cannot query field ${JSON.stringify(selection.name.value)} on type ${JSON.stringify(named)}.`,
            { nodes: selection },
          ),
        );
      }
    },
  };
}
