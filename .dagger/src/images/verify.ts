import { dag, type File } from "@dagger.io/dagger";
import * as z from "zod";
import { images } from "../toolbox/images.ts";
import { moduleFile } from "../toolbox/module-file.ts";
import { verified } from "./provenance.ts";
import { type RegistryAccess, withRegistry } from "./registry-address.ts";

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
      const asking = dag
        .container()
        .from(images.regctl)
        .withFile("/kitchen/fetch-image.sh", moduleFile("scripts/fetch-image.sh"))
        .withEnvVariable("REPOSITORY", path.join("/"))
        .withEnvVariable("DIGEST", digest);
      const fetched = withRegistry(asking, host, access)
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
  const { message, stderr = "" } = reason as { message: string; stderr?: string };
  const words = stderr.trim() || message;
  return words.startsWith(`${reference}`) ? words : `${reference}: ${words}`;
}
