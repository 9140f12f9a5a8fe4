import * as z from "zod";

const words = z.array(z.string().min(1));

const rule = z.strictObject({
  approvers: z.int().min(1).optional().describe("How many have to approve (default: 1)"),
  roles: words.optional().describe("Whose approval counts: those with one of these roles"),
  authorAlone: z
    .boolean()
    .optional()
    .describe("true: authors of the change may be the only ones who approve it"),
  longest: z
    .string()
    .regex(/^\d+[mhd]$/, "a duration such as 30m, 72h or 7d")
    .optional()
    .describe("Longest that an approval may be good for: minutes, hours or days (default: 7d)"),
});

export const releaseSchema = z
  .strictObject({
    evidence: words
      .optional()
      .describe(
        "Stages whose reports a release must have (default: ci, integrationTest, loadTest)",
      ),
  })
  .describe("What a release must have");

export const approvalSchema = z
  .strictObject({
    signers: z
      .string()
      .min(1)
      .optional()
      .describe("ssh-keygen's file of allowed signers (default: .kitchen/allowed_signers)"),
    revoked: z
      .string()
      .min(1)
      .optional()
      .describe("File of keys that are no good any more (default: .kitchen/revoked_keys)"),
    roles: z
      .record(z.string().min(1), words)
      .optional()
      .describe("Who has which role: names of the allowed signers"),
    environments: z.record(z.string().min(1), rule).optional().describe("Rules by environment"),
  })
  .describe("Who may approve what");

/** What an environment asks of its approvals. */
export interface ApprovalRule {
  readonly approvers: number;
  /** names of roles; none: whoever is an allowed signer */
  readonly roles: readonly string[];
  readonly authorAlone: boolean;
  /** milliseconds */
  readonly longest: number;
}

export interface ReleaseConfig {
  /** stages */
  readonly evidence: readonly string[];
  readonly approval: {
    /** paths in the repository */
    readonly signers: string;
    readonly revoked: string;
    readonly roles: Readonly<Record<string, readonly string[]>>;
    readonly environments: Readonly<Record<string, ApprovalRule>>;
    /** for environments of which kitchen.yaml says nothing */
    readonly otherwise: ApprovalRule;
  };
}

interface Said {
  readonly release?: z.infer<typeof releaseSchema> | undefined;
  readonly approval?: z.infer<typeof approvalSchema> | undefined;
}

/** What kitchen.yaml says of releases, complete. */
export function readReleaseConfig({ release, approval }: Said): ReleaseConfig {
  const rules = Object.entries(approval?.environments ?? {});
  return {
    evidence: release?.evidence ?? ["ci", "integrationTest", "loadTest"],
    approval: {
      signers: approval?.signers ?? ".kitchen/allowed_signers",
      revoked: approval?.revoked ?? ".kitchen/revoked_keys",
      roles: approval?.roles ?? {},
      environments: Object.fromEntries(rules.map(([name, said]) => [name, completed(said)])),
      otherwise: completed({}),
    },
  };
}

function completed({
  approvers = 1,
  roles = [],
  authorAlone = false,
  longest = "7d",
}: z.infer<typeof rule>): ApprovalRule {
  const unit = { m: 60, h: 3600, d: 86_400 }[longest.at(-1) as "m" | "h" | "d"];
  return { approvers, roles, authorAlone, longest: Number.parseInt(longest, 10) * unit * 1000 };
}
