import type { Context } from "../graph/context.ts";
import type { Digest, Json } from "../tree/digest.ts";
import type { Handles } from "./handles.ts";

/**
 * Hashes of the secrets that handles in a JSON value lead to: an answer holds for the plaintext
 * that it was made with. A secret that cannot be read does no harm until somebody reads it.
 */
export async function secretsWithin(
  json: Json,
  handles: Handles,
  context: Context,
): Promise<Digest[]> {
  const references = new Set<string>();
  const seen = new Set<object>();
  const search = (part: unknown): void => {
    if (typeof part !== "object" || part === null || seen.has(part)) return;
    seen.add(part);
    for (const [key, value] of Object.entries(part)) {
      if ((key === "secret" || key === "reference") && typeof value === "string") {
        references.add(value);
      } else search(value);
    }
  };
  for (const { value } of handles.within(json)) search(value);
  const identities = await Promise.all(
    [...references]
      .sort()
      .map((reference) => context.secrets.identity(reference).catch(() => undefined)),
  );
  return identities.filter((identity) => identity !== undefined);
}
