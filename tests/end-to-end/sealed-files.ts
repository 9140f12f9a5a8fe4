import { createCipheriv, createHash, randomBytes, scryptSync } from "node:crypto";

const magic = "kitchen-sealed 1\n";

interface Head {
  about: Record<string, unknown>;
  salt: string;
  nonce: string;
  check: string;
}

/** Another checksum for a sealed file whose head was changed, as somebody without the key would. */
export function forged(sealed: Buffer, change: (head: Head) => void): Buffer {
  const end = sealed.indexOf("\n", magic.length);
  const head = JSON.parse(sealed.subarray(magic.length, end).toString("utf8")) as Head;
  change(head);
  const start = Buffer.from(`${magic}${JSON.stringify(head)}\n`);
  return withSum(Buffer.concat([start, sealed.subarray(end + 1, -32)]));
}

/** Content sealed as the module does it. */
export function seal(about: Head["about"], content: Buffer, passphrase: string): Buffer {
  const [salt, nonce] = [randomBytes(16), randomBytes(12)];
  const derived = scryptSync(passphrase, salt, 40, { N: 2 ** 15, r: 8, p: 1, maxmem: 2 ** 26 });
  const head = {
    about,
    salt: salt.toString("hex"),
    nonce: nonce.toString("hex"),
    check: derived.subarray(32).toString("hex"),
  };
  const start = Buffer.from(`${magic}${JSON.stringify(head)}\n`);
  const cipher = createCipheriv("aes-256-gcm", derived.subarray(0, 32), nonce).setAAD(start);
  const body = Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
  return withSum(Buffer.concat([start, body]));
}

function withSum(body: Buffer): Buffer {
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}
