import { type DocumentNode, GraphQLError, parse, Source } from "graphql";
import { parseFailed, RequestError } from "./request-error.ts";

/**
 * Parses a query; what is wrong with it is said as Dagger's parser says it. Where each part of it
 * stands is of use for errors only.
 */
export function parseQuery(query: string, { noLocation = false } = {}): DocumentNode {
  try {
    return parse(new Source(query), { noLocation });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new RequestError(422, [
      {
        message: inDaggersWords(error, query),
        ...(error.locations ? { locations: error.locations } : {}),
        extensions: parseFailed,
      },
    ]);
  }
}

function inDaggersWords(error: GraphQLError, query: string): string {
  const message = error.message
    .replace(/^Syntax Error: /u, "")
    .replace(/\.$/u, "")
    .replace(/found (?:Name )?"(.*)"$/su, "found $1");
  const before = query.slice(0, error.positions?.[0] ?? 0).trimEnd();
  const isEmptySelection = message === "Expected Name, found }" && before.endsWith("{");
  return isEmptySelection ? "expected at least one definition, found }" : message;
}
