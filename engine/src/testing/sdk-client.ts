import type { Client } from "@dagger.io/dagger";
import type { TestSession } from "./session.ts";

/** A client of a session. The SDK's own `connect` knows one session for each process only. */
export async function sdkClient(env: Awaited<ReturnType<TestSession["env"]>>): Promise<Client> {
  const { Client, Context, GraphQLClient } = await import("@dagger.io/dagger");
  const login = Buffer.from(`${env.DAGGER_SESSION_TOKEN}:`).toString("base64");
  const client = new GraphQLClient(`http://127.0.0.1:${env.DAGGER_SESSION_PORT}/query`, {
    headers: { Authorization: `Basic ${login}` },
  });
  // The class of connections is not exported; all that is asked of one is its client.
  const connection = { getGQLClient: () => client } as unknown as ConstructorParameters<
    typeof Context
  >[1];
  return new Client(new Context([], connection));
}
