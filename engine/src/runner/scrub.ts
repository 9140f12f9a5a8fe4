const stars = Buffer.from("***");

/**
 * Shorter ones are looked for as they are only, and in the output of steps that have them only:
 * elsewhere, or encoded, they turn up by chance.
 */
export const shortestEverywhere = 6; // bytes

/** Replaces secrets in a stream of bytes, also where a secret arrives in pieces. */
export class Scrubber {
  private forms: readonly Buffer[] = [];
  private longest = 0;
  private known = -1;
  private tail: Buffer = Buffer.alloc(0);

  /**
   * @param secrets a list, or where one that grows meanwhile can be had
   * @param plainOnly leaves encoded forms as they are
   */
  constructor(
    private readonly secrets: readonly Buffer[] | (() => readonly Buffer[]),
    private readonly plainOnly = false,
  ) {}

  /** What can be shown after these bytes: all but what may be the beginning of a secret. */
  push(bytes: Buffer): Buffer {
    this.learn();
    if (this.longest === 0) return bytes;
    return this.replace(Buffer.concat([this.tail, bytes]), false);
  }

  /** What was held back. */
  end(): Buffer {
    this.learn();
    const rest = this.replace(this.tail, true);
    this.tail = Buffer.alloc(0);
    return rest;
  }

  private learn(): void {
    const secrets = typeof this.secrets === "function" ? this.secrets() : this.secrets;
    if (secrets.length === this.known) return;
    this.known = secrets.length;
    this.forms = this.plainOnly
      ? longestFirst(secrets.filter(({ length }) => length > 0))
      : formsOf(secrets);
    this.longest = this.forms[0]?.length ?? 0;
  }

  private replace(bytes: Buffer, last: boolean): Buffer {
    const parts: Buffer[] = [];
    const safe = last ? bytes.length : Math.max(0, bytes.length - this.longest + 1);
    let at = 0;
    while (at < bytes.length) {
      const next = this.firstFrom(bytes, at);
      if (!next || (!last && next.index >= safe)) break;
      parts.push(bytes.subarray(at, next.index), stars);
      at = next.index + next.length;
    }
    const end = Math.max(at, safe);
    parts.push(bytes.subarray(at, end));
    this.tail = bytes.subarray(end);
    return Buffer.concat(parts);
  }

  private firstFrom(bytes: Buffer, from: number): { index: number; length: number } | undefined {
    let first: { index: number; length: number } | undefined;
    for (const form of this.forms) {
      const index = bytes.indexOf(form, from);
      if (index >= 0 && (!first || index < first.index)) first = { index, length: form.length };
    }
    return first;
  }
}

/** A text without the secrets. */
export function scrubbed(text: string, secrets: readonly Buffer[]): string {
  return secrets.length === 0 ? text : scrubbedBytes(Buffer.from(text), secrets).toString("utf8");
}

export function scrubbedBytes(bytes: Buffer, secrets: readonly Buffer[]): Buffer {
  const scrubber = new Scrubber(secrets);
  return Buffer.concat([scrubber.push(bytes), scrubber.end()]);
}

export function holdsSecret(bytes: Buffer, secrets: readonly Buffer[]): boolean {
  return formsOf(secrets).some((form) => bytes.includes(form));
}

const known = new WeakMap<Buffer, readonly Buffer[]>();

/** What to look for, longest first: a secret that holds another one is replaced whole. */
function formsOf(secrets: readonly Buffer[]): Buffer[] {
  const forms = secrets.flatMap((secret) => {
    const its = known.get(secret) ?? formsOfOne(secret);
    known.set(secret, its);
    return its;
  });
  return longestFirst(forms);
}

function longestFirst(forms: readonly Buffer[]): Buffer[] {
  return [...forms].sort((one, other) => other.length - one.length);
}

/** A secret as it is, and as programs write it: base64, hexadecimal, in addresses, in JSON, reversed. */
function formsOfOne(secret: Buffer): readonly Buffer[] {
  if (secret.length === 0) return [];
  const text = secret.toString("utf8");
  const inJson = JSON.stringify(text).slice(1, -1);
  const forms = [secret.toString("latin1"), latin1(inJson)];
  if (secret.length >= shortestEverywhere) {
    const inAddress = encodeURIComponent(text);
    const hex = secret.toString("hex");
    forms.push(
      ...base64Forms(secret),
      ...[hex, hex.toUpperCase()],
      ...[inAddress, inAddress.replace(/%\w\w/gu, (code) => code.toLowerCase())],
      new URLSearchParams({ v: text }).toString().slice("v=".length),
      Buffer.from(secret).reverse().toString("latin1"),
    );
  }
  return [...new Set(forms)].map((form) => Buffer.from(form, "latin1"));
}

/** Alone, in lines as programs break them, and in the midst of other bytes, at each of three places. */
function base64Forms(secret: Buffer): string[] {
  const whole = secret.toString("base64");
  const lines = [64, 76].flatMap((width) =>
    whole.length > width ? (whole.match(new RegExp(`.{1,${width}}`, "gu")) ?? []) : [],
  );
  const amidst = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), secret]).toString("base64");
    // Letters that also depend on the neighbours are left out.
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + secret.length) * 8) / 6));
  });
  const standard = [whole, ...lines.filter((line) => line.length >= 16), ...amidst];
  return [...standard, ...standard.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}

function latin1(text: string): string {
  return Buffer.from(text).toString("latin1");
}
