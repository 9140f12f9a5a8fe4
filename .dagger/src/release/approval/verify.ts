import type { ApprovalRule } from "../../config/release.ts";
import { gapsOf } from "../gaps.ts";
import { digestOf, type Manifest } from "../manifest.ts";
import { span } from "./moment.ts";
import type { Facts, Handed } from "./signatures.ts";
import { readStatement, type Statement } from "./statement.ts";

/** What approvals are held against. */
export interface Asked {
  /** digest of the release that is to go there */
  readonly release: string;
  readonly manifest: Manifest;
  readonly environment: string;
  /** digest of the plan that is to be applied */
  readonly plan: string;
  readonly at: Date;
  readonly rule: ApprovalRule;
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** address of this repository, from kitchen.yaml */
  readonly repository: string | undefined;
  /** stages whose evidence the release must have */
  readonly evidence: readonly string[];
  /** digests of approvals that were used already */
  readonly used: readonly string[];
}

export interface Verdict {
  /** a line for each approval that counts */
  readonly accepted: readonly string[];
  /** their digests: an approval is good for one promotion */
  readonly used: readonly string[];
  /** empty: it may go there */
  readonly problems: readonly string[];
}

interface Good {
  readonly digest: string;
  readonly statement: Statement;
  readonly key: string;
  readonly principals: readonly string[];
}

/** Clocks may differ by so much. */
const tolerance = 5 * 60 * 1000; // milliseconds

/** Do these approvals let the release go there? All that is wrong is said at once. */
export function verifyApprovals(
  asked: Asked,
  handed: readonly Handed[],
  facts: readonly Facts[],
): Verdict {
  const good: Good[] = [];
  const problems: string[] = [];
  for (const [index, each] of handed.entries()) {
    const statement = readStatement(each.text);
    const found = facts[index] ?? { principals: [], allowed: false, revoked: false, said: [] };
    const wrong =
      typeof statement === "string" ? [statement] : wrongWith(statement, each.text, found, asked);
    problems.push(...wrong.map((why) => `${each.path}: ${why}`));
    if (wrong.length > 0 || typeof statement === "string" || !found.key) continue;
    const { key, principals } = found;
    good.push({ digest: digestOf(each.text), statement, key, principals });
  }
  const lacking = [
    ...wrongRepository(asked),
    ...wrongNumber(good, asked),
    ...wrongAuthors(good, asked),
    ...openGaps(good, asked),
  ];
  return {
    accepted: good.map(
      ({ statement: { approver, expires, waives }, key }) =>
        `${approver} (key ${key}) until ${expires}${waives.length > 0 ? `, waives ${waives.join(", ")}` : ""}`,
    ),
    used: good.map(({ digest }) => digest),
    // What is wrong with one approval matters only when the others are not enough.
    problems: lacking.length > 0 ? [...lacking, ...problems] : [],
  };
}

/** What is wrong with one approval by itself. */
export function wrongWith(
  statement: Statement,
  text: string,
  facts: Facts,
  asked: Asked,
): string[] {
  return [...wrongSignature(statement, facts), ...wrongStatement(statement, text, asked)];
}

function wrongSignature({ approver }: Statement, facts: Facts): string[] {
  const { key, principals, allowed, revoked, said } = facts;
  const words = said.length > 0 ? ` (ssh-keygen: ${said.join("; ")})` : "";
  if (!key) {
    return [
      `its signature is not one of these bytes as an approval: it was edited, or signed for something else${words}`,
    ];
  }
  if (revoked) return [`key ${key} of ${approver} is revoked`];
  if (allowed) return [];
  if (principals.includes(approver)) return [`key ${key} of ${approver} may not approve${words}`];
  if (principals.length > 0) {
    return [
      `it names ${approver} as approver, and key ${key} is ${principals.join(", ")}'s${words}`,
    ];
  }
  return [`key ${key} is none of the allowed signers' at that moment${words}`];
}

function wrongStatement(statement: Statement, text: string, asked: Asked): string[] {
  const { release, environment, plan, approver } = statement;
  const [issued, expires] = [new Date(statement.issued), new Date(statement.expires)];
  const now = asked.at.getTime();
  const since = (moment: Date) => span(now - moment.getTime());
  const wrong: string[] = [];
  if (release !== asked.release) wrong.push(`it approves release ${release}, not ${asked.release}`);
  if (environment !== asked.environment) {
    wrong.push(`it is for environment ${environment}, not ${asked.environment}`);
  }
  if (plan !== asked.plan) {
    wrong.push(
      `it approves plan ${plan}, and the plan is ${asked.plan} by now: ask for an approval of that`,
    );
  }
  if (now >= expires.getTime()) {
    wrong.push(`it expired at ${statement.expires}, ${since(expires)} ago`);
  }
  if (issued.getTime() - now > tolerance) {
    wrong.push(
      `it was issued at ${statement.issued}, ${since(issued)} from now: a clock is wrong, here or where it was signed`,
    );
  }
  const validity = expires.getTime() - issued.getTime();
  if (validity <= 0) wrong.push(`it expires at ${statement.expires}, before it was issued`);
  if (validity > asked.rule.longest) {
    wrong.push(
      `it is good for ${span(validity)}, and ${span(asked.rule.longest)} is the longest that kitchen.yaml allows`,
    );
  }
  if (asked.used.includes(digestOf(text))) {
    wrong.push("it was used already, and is good for one promotion");
  }
  const { roles } = asked.rule;
  if (roles.length > 0 && !roles.some((role) => asked.roles[role]?.includes(approver))) {
    wrong.push(
      `${approver} has not the role ${roles.join(" or ")} (approval.roles in kitchen.yaml)`,
    );
  }
  return wrong;
}

function wrongRepository({ release, manifest, repository }: Asked): string[] {
  if (manifest.repository === repository) return [];
  const [theirs, ours] = [manifest.repository ?? "none", repository ?? "none"];
  return [
    `release ${release} is of another repository: ${theirs}, and kitchen.yaml here says ${ours}`,
  ];
}

/** Somebody with two keys is one approver, and so are two names of one key. */
function numberOf(good: readonly Good[]): number {
  const people = new Set(good.map(({ statement }) => statement.approver));
  return Math.min(people.size, new Set(good.map(({ key }) => key)).size);
}

function wrongNumber(good: readonly Good[], { rule, environment }: Asked): string[] {
  const count = numberOf(good);
  if (count >= rule.approvers) return [];
  if (rule.approvers === 1) return [`${environment} needs a good approval, and has none`];
  return [`${environment} needs good approvals by ${rule.approvers} people, and has ${count}`];
}

function wrongAuthors(good: readonly Good[], { rule, manifest }: Asked): string[] {
  if (rule.authorAlone || good.length === 0) return [];
  const authors = manifest.authors.map((each) => each.toLowerCase());
  const others = good.filter(
    ({ statement, principals }) =>
      ![statement.approver, ...principals].some((name) => authors.includes(name.toLowerCase())),
  );
  if (others.length > 0) return [];
  return [
    `only authors of the change have approved it (${manifest.authors.join(", ")}): somebody else has to, too`,
  ];
}

/** A gap is waived when as many say so as have to approve. */
function openGaps(good: readonly Good[], { manifest, evidence, rule }: Asked): string[] {
  return gapsOf(manifest, evidence)
    .filter(({ name }) => {
      const waiving = good.filter(({ statement }) => statement.waives.includes(name));
      return numberOf(waiving) < rule.approvers;
    })
    .map(({ name, why }) => `the release lacks ${name} (${why}), and that is not waived`);
}
