import { testSession } from "../server/open.ts";

/** What a request answers: its data, or the message of its first error. */
export async function ask(query: string, session?: Asking): Promise<unknown> {
  const asking = session ?? (await testSession());
  const { data, errors } = await asking.query({ query });
  return errors?.[0]?.message ?? data;
}

export type Asking = Awaited<ReturnType<typeof testSession>>;

/** The value at the end of a chain of single fields: `{a:{b:1}}` is 1. */
export function leaf(data: unknown): unknown {
  let value = data;
  while (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const values = Object.values(value);
    if (values.length !== 1) return value;
    value = values[0];
  }
  return value;
}
