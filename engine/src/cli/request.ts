import type { GraphQLAnswer, GraphQLRequest } from "../server/answer.ts";
import { answerOf, queryOf, type Selection } from "./call/selection.ts";
import { CallFailed } from "./call-failed.ts";

/** What commands need of a session to ask it something. */
export interface Asked {
  query(request: GraphQLRequest): Promise<GraphQLAnswer>;
}

/** Asks for the last field of a chain. */
export async function request(session: Asked, chain: readonly Selection[]): Promise<unknown> {
  const { data, errors } = await session.query({ query: queryOf(chain) });
  if (errors && errors.length > 0) throw new CallFailed(errors);
  return answerOf(chain, data);
}
