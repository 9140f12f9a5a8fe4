/** What Dagger's API answers for a request that cannot be met; the message is Dagger's own. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly extensions?: Readonly<Record<string, unknown>>,
  ) {
    super(message);
    this.name = "ApiError";
  }
}
