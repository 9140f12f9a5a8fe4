import type { Secret } from "@dagger.io/dagger";
import type { Project } from "../../checks/tool.ts";
import { nearest } from "../../did-you-mean.ts";
import { ownWords } from "../../images/why.ts";
import { gapsOf } from "../gaps.ts";
import { Approval } from "./approval.ts";
import { signersOf } from "./asked.ts";
import { readMoment, writeMoment } from "./moment.ts";
import { factsOf, script, ssh } from "./signatures.ts";
import { readStatement, statementText } from "./statement.ts";
import { type Asked, wrongWith } from "./verify.ts";

/** An approval would not hold; the message says why. */
export class ApprovalError extends Error {}

export interface Terms {
  /** a name of the allowed signers */
  readonly approver: string;
  /** a moment, or a duration from now on */
  readonly expires: string;
  /** names of what the release may lack */
  readonly waives: readonly string[];
}

/**
 * The bytes that an approver signs.
 *
 * @throws ApprovalError when it waives what the release does not lack
 */
export function statementFor(asked: Asked, { approver, expires, waives }: Terms): string {
  const gaps = gapsOf(asked.manifest, asked.evidence).map(({ name }) => name);
  const unknown = waives.filter((name) => !gaps.includes(name));
  if (unknown.length > 0) {
    const lacks = `it lacks ${gaps.join(", ") || "nothing"}`;
    const lines = unknown.map((name) => {
      const near = nearest(name, gaps);
      return `the release does not lack ${name}: ${near ? `did you mean ${near}?` : lacks}`;
    });
    throw new ApprovalError(lines.join("\n"));
  }
  const text = statementText({
    format: "kitchen/approval/v1",
    release: asked.release,
    environment: asked.environment,
    plan: asked.plan,
    approver,
    issued: writeMoment(asked.at),
    expires: writeMoment(readMoment(expires, "expires", asked.at)),
    waives: [...waives],
  });
  return text;
}

/**
 * Signs an approval with an SSH key, and checks at once that it would hold.
 *
 * @throws ApprovalError when it would not
 */
export async function approve(
  project: Project,
  asked: Asked,
  terms: Terms,
  key: Secret,
): Promise<Approval> {
  const text = statementFor(asked, terms);
  const signature = await sign(text, key);
  const { approver } = terms;
  const handed = { path: `${approver}.json`, text, signature, approver };
  const [facts] = await factsOf([handed], await signersOf(project), asked.at);
  const statement = readStatement(text);
  if (!facts || typeof statement === "string") throw new ApprovalError(`${statement}`);
  const wrong = wrongWith(statement, text, facts, asked);
  if (wrong.length > 0) throw new ApprovalError(wrong.join("\n"));
  return new Approval(approver, text, signature);
}

async function sign(text: string, key: Secret): Promise<string> {
  try {
    return await ssh()
      .withMountedSecret("/run/secrets/signing-key", key)
      .withMountedTemp("/tmp")
      .withNewFile("/approval/approval.json", text)
      .withExec([...script, "sign", "/approval/approval.json", "/run/secrets/signing-key"])
      .file("/approval/approval.json.sig")
      .contents();
  } catch (error) {
    throw new ApprovalError(ownWords(error));
  }
}
