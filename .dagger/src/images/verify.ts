import type { File } from "@dagger.io/dagger";
import * as z from "zod";
import { verified } from "./provenance.ts";
import { type RegistryAccess, registryScript } from "./registry-address.ts";
import { ownWords } from "./why.ts";

const publishedSchema = z.array(
  z.object({ name: z.string(), reference: z.string(), digest: z.string() }),
);

/**
 * Fetches each published image's manifest, SBOM and provenance, and checks that they agree and are
 * signed.
 *
 * @param published what publishing answered, as JSON
 * @throws Error with a line for each image of which something does not hold
 */
export async function verifyPublished(
  published: File,
  publicKey: File,
  access: RegistryAccess,
): Promise<string> {
  const list = publishedSchema.parse(JSON.parse(await published.contents()));
  const results = await Promise.allSettled(
    list.map(async ({ reference, digest }) => {
      const [repository = ""] = reference.split("@");
      const [host = "", ...path] = repository.split("/");
      const fetched = registryScript("fetch-image.sh", { host, path }, access)
        .withEnvVariable("DIGEST", digest)
        .withExec(["sh", "/kitchen/fetch-image.sh"])
        .directory("/result");
      return `${reference}: ${(await verified(fetched, digest, publicKey)).trim()}`;
    }),
  );
  const lines = results.map((result, index) =>
    result.status === "fulfilled" ? result.value : refusal(list[index]?.reference, result.reason),
  );
  if (results.some(({ status }) => status === "rejected")) throw new Error(lines.join("\n"));
  return `${lines.join("\n")}\n`;
}

function refusal(reference: string | undefined, reason: unknown): string {
  const words = ownWords(reason);
  return words.startsWith(`${reference}`) ? words : `${reference}: ${words}`;
}
