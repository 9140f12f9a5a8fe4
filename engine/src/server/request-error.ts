/** A request that is refused before anything is executed. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly errors: readonly AnsweredError[],
  ) {
    super(errors[0]?.message ?? "request refused");
    this.name = "RequestError";
  }
}

/** An error as an answer carries it. */
export interface AnsweredError {
  readonly message: string;
  readonly locations?: readonly { readonly line: number; readonly column: number }[];
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

export const parseFailed = { code: "GRAPHQL_PARSE_FAILED" };
export const validationFailed = { code: "GRAPHQL_VALIDATION_FAILED" };

/** A request that is understood, but asks for what cannot be. */
export function invalid(message: string, more: Partial<AnsweredError> = {}): RequestError {
  return new RequestError(422, [{ message, ...more, extensions: validationFailed }]);
}
