import type { AnsweredError } from "./request-error.ts";

/** A request as POST /query carries it. */
export interface GraphQLRequest {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

/** The body of an answer: data, or errors and no data at all. */
export interface GraphQLAnswer {
  /** of HTTP: 200, or 422 when the request itself is wrong */
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly AnsweredError[];
}
