import {
  type DocumentNode,
  executeSync,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import type { Session } from "../schema/define.ts";
import type { GraphQLAnswer, GraphQLRequest } from "./answer.ts";
import type { Api } from "./api.ts";
import { execute } from "./execute.ts";
import { graphqlSchema } from "./graphql-schema.ts";
import { plan } from "./plan.ts";
import { invalid, RequestError } from "./request-error.ts";
import { checkedDocument, type LeftOut } from "./validate.ts";
import { variablesOf } from "./variables.ts";

const schemas = new WeakMap<Api, GraphQLSchema>();

/** Answers a request as Dagger's engine does. */
export async function answerRequest(
  api: Api,
  request: GraphQLRequest,
  session: Session,
  leftOut: LeftOut,
): Promise<GraphQLAnswer> {
  try {
    if (!request.query.trim()) throw invalid("no operation provided");
    const schema = schemas.get(api) ?? graphqlSchema(api);
    schemas.set(api, schema);
    const document = checkedDocument(schema, request.query, leftOut);
    const operation = operationOf(document, request.operationName ?? "");
    const variables = variablesOf(operation, request.variables ?? {}, api);
    const fields = plan(api, document, operation, variables, request.query);
    const introspected = introspect(schema, document, operation, variables);
    const executed = await execute(api, fields, session);
    if ("errors" in executed) return { status: 200, data: null, errors: executed.errors };
    return { status: 200, data: sorted({ ...executed.data, ...introspected }) };
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    return { status: error.status, data: null, errors: error.errors };
  }
}

function operationOf(document: DocumentNode, name: string): OperationDefinitionNode {
  const operations = document.definitions.filter(
    (each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION,
  );
  const found =
    name === "" && operations.length === 1
      ? operations[0]
      : operations.find((each) => each.name?.value === name);
  if (!found) throw invalid(`operation ${name} not found`);
  return found;
}

/** __schema and __type are answered by graphql-js from the schema alone. */
function introspect(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: ReadonlyMap<string, unknown>,
): Record<string, unknown> {
  const selections = operation.selectionSet.selections.filter(
    (each) => each.kind === Kind.FIELD && /^__(schema|type)$/u.test(each.name.value),
  );
  if (selections.length === 0) return {};
  const alone = { ...operation, selectionSet: { ...operation.selectionSet, selections } };
  const others = document.definitions.filter((each) => each.kind !== Kind.OPERATION_DEFINITION);
  const { data } = executeSync({
    schema,
    document: { ...document, definitions: [alone, ...others] },
    variableValues: Object.fromEntries(variables),
  });
  for (const selection of selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const key = selection.alias?.value ?? selection.name.value;
    if (data?.[key]) continue;
    const [argument] = selection.arguments ?? [];
    const name = argument?.value.kind === Kind.STRING ? argument.value.value : "";
    const message = `unknown type: ${JSON.stringify(name)}`;
    throw new RequestError(200, [{ message, path: [key] }]);
  }
  return data ?? {};
}

function sorted(value: unknown): Record<string, unknown> {
  return sortedKeys(value) as Record<string, unknown>;
}

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortedKeys((value as Record<string, unknown>)[key])]),
  );
}
