import { type Container, dag, type File } from "@dagger.io/dagger";
import { images } from "../../toolbox/images.ts";
import { moduleFile } from "../../toolbox/module-file.ts";

/** What a signature holds, as ssh-keygen says. */
export interface Facts {
  /** fingerprint of the key that signed exactly these bytes as an approval; none: nobody did */
  readonly key?: string;
  /** names that the allowed signers give the key at that moment */
  readonly principals: readonly string[];
  /** the approver's name is among them, for this purpose */
  readonly allowed: boolean;
  readonly revoked: boolean;
  /** ssh-keygen's own words */
  readonly said: readonly string[];
}

/** An approval as it was handed in. */
export interface Handed {
  /** as people know it */
  readonly path: string;
  readonly text: string;
  readonly signature: string;
  /** whose name the key must have */
  readonly approver: string;
}

export interface Signers {
  /** ssh-keygen's file of allowed signers */
  readonly allowed: File;
  /** public keys, or a KRL */
  readonly revoked?: File;
}

/** Asks ssh-keygen about signatures, for a moment. */
export async function factsOf(
  handed: readonly Handed[],
  { allowed, revoked }: Signers,
  at: Date,
): Promise<Facts[]> {
  let container = ssh().withMountedFile("/signers", allowed);
  if (revoked) container = container.withMountedFile("/revoked", revoked);
  for (const [index, { text, signature, approver }] of handed.entries()) {
    container = container
      .withNewFile(`/approvals/${index}.json`, text)
      .withNewFile(`/approvals/${index}.json.sig`, signature)
      .withNewFile(`/approvals/${index}.approver`, approver);
  }
  const moment = at.toISOString().replace(/\.\d+Z$|\D/g, "");
  const text = await container
    .withExec([...script, "check", "/approvals", "/signers", "/revoked", moment])
    .stdout();
  return parseFacts(text);
}

/** Reads what `approval.sh check` prints. */
export function parseFacts(text: string): Facts[] {
  return text
    .split(/^approval \d+\n/m)
    .slice(1)
    .map((block) => {
      const values = (word: string) =>
        block.split("\n").flatMap((line) => {
          return line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : [];
        });
      const [key] = values("key");
      return {
        ...(key === undefined ? {} : { key }),
        principals: values("principal"),
        allowed: values("allowed").length > 0,
        revoked: values("revoked").length > 0,
        said: [...new Set(values("said"))],
      };
    });
}

/** A step with ssh-keygen. */
export function ssh(): Container {
  return dag
    .container()
    .from(images.ssh)
    .withFile("/kitchen/approval.sh", moduleFile("scripts/approval.sh"));
}

export const script = ["sh", "/kitchen/approval.sh"];
