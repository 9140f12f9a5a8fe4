import { createDecipheriv, createHash, scryptSync } from "node:crypto";
import { type File, type Secret } from "@dagger.io/dagger";
import * as z from "zod";

const headSchema = z.object({ salt: z.string(), nonce: z.string(), check: z.string() });
const magic = "kitchen-sealed 1\n";

/**
 * Opens what a step sealed for the module itself (base64 of the format of
 * `scripts/terraform/sealed.py`). It is opened here, since the output of a step is kept by the engine.
 */
export async function unseal(file: File, key: Secret): Promise<string> {
  const [text, passphrase] = await Promise.all([file.contents(), key.plaintext()]);
  return openSealed(Buffer.from(text, "base64"), passphrase.trim());
}

export function openSealed(sealed: Buffer, passphrase: string): string {
  const body = sealed.subarray(0, -32);
  const sum = createHash("sha256").update(body).digest();
  if (!body.toString("latin1").startsWith(magic) || !sum.equals(sealed.subarray(-32))) {
    throw new Error("what a step sealed is damaged");
  }
  const start = body.indexOf("\n", magic.length) + 1;
  const head = headSchema.parse(JSON.parse(body.subarray(magic.length, start).toString("utf8")));
  const salt = Buffer.from(head.salt, "hex");
  const derived = scryptSync(passphrase, salt, 40, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 });
  if (derived.subarray(32).toString("hex") !== head.check) {
    throw new Error("what a step sealed was sealed with another key");
  }
  const nonce = Buffer.from(head.nonce, "hex");
  const decipher = createDecipheriv("aes-256-gcm", derived.subarray(0, 32), nonce);
  decipher.setAAD(body.subarray(0, start)).setAuthTag(body.subarray(-16));
  return decipher.update(body.subarray(start, -16), undefined, "utf8") + decipher.final("utf8");
}
