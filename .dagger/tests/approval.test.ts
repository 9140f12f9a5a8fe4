import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { readReleaseConfig } from "../src/config/release.ts";
import { statementFor } from "../src/release/approval/approve.ts";
import { readMoment, span } from "../src/release/approval/moment.ts";
import { requestText } from "../src/release/approval/request-text.ts";
import { type Facts, type Handed, parseFacts } from "../src/release/approval/signatures.ts";
import { readStatement, statementSchema } from "../src/release/approval/statement.ts";
import { type Asked, verifyApprovals } from "../src/release/approval/verify.ts";
import { digestOf } from "../src/release/manifest.ts";
import { sampleRelease } from "./sample-release.ts";

const sha = (letter: string) => `sha256:${letter.repeat(64)}`;
const script = new URL("../scripts/approval.sh", import.meta.url).pathname;
const now = new Date("2026-11-25T12:00:00Z");
const hours = (count: number) => new Date(now.getTime() + count * 3600_000);

/** Proven by everything that it needs. */
const complete = {
  ...sampleRelease,
  images: sampleRelease.images.map((each) => ({ ...each, standIns: [] })),
  evidence: ["ci", "integrationTest", "loadTest"].map((stage) => ({
    stage,
    verdict: "passed" as const,
    digest: sha("5"),
    notRun: [],
  })),
};

const asked: Asked = {
  release: sha("a"),
  manifest: complete,
  environment: "production",
  plan: sha("b"),
  at: now,
  rule: readReleaseConfig({}).approval.otherwise,
  roles: { owner: ["cleo@example.com", "dan@example.com"] },
  repository: complete.repository,
  evidence: ["ci", "integrationTest", "loadTest"],
  used: [],
};

let folder: string;
const people = ["ada", "cleo", "dan", "gone", "late", "eve", "filed"] as const;
type Person = (typeof people)[number];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kitchen-approval-"));
  const options: Partial<Record<Person, string>> = {
    late: 'namespaces="kitchen-approval",valid-before="20261125120000Z"',
    filed: 'namespaces="file"',
  };
  const lines = people.map((name) => {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", at(name)]);
    const names =
      name === "cleo" ? "cleo@example.com,cleo@users.example.com" : `${name}@example.com`;
    const key = readFileSync(at(`${name}.pub`), "utf8").trim();
    return `${names} ${options[name] ?? 'namespaces="kitchen-approval"'} ${key}`;
  });
  // Nobody knows eve.
  writeFileSync(at("signers"), `${lines.filter((line) => !line.startsWith("eve")).join("\n")}\n`);
  writeFileSync(at("revoked"), readFileSync(at("gone.pub")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function at(name: string): string {
  return join(folder, name);
}

/** Signs as a person does by hand. */
function byHand(text: string, person: Person, purpose = "kitchen-approval"): string {
  writeFileSync(at("approval.json"), text);
  rmSync(at("approval.json.sig"), { force: true });
  const args = ["-q", "-Y", "sign", "-n", purpose, "-f", at(person), at("approval.json")];
  execFileSync("ssh-keygen", args, { stdio: "ignore" });
  return readFileSync(at("approval.json.sig"), "utf8");
}

interface Variant {
  readonly by?: Person;
  readonly approver?: string;
  readonly of?: Partial<Asked>;
  readonly expires?: string;
  readonly waives?: readonly string[];
  readonly purpose?: string;
}

/** An approval as somebody hands it in. */
function approval({ by = "cleo", of = {}, ...more }: Variant = {}): Handed {
  const { approver = `${by}@example.com`, expires = "24h", waives = [] } = more;
  const text = statementFor({ ...asked, ...of }, { approver, expires, waives });
  return { path: `${by}.json`, text, approver, signature: byHand(text, by, more.purpose) };
}

/** What the step of the module does, with this machine's ssh-keygen. */
function factsOf(handed: readonly Handed[], moment: Date): Facts[] {
  const inbox = mkdtempSync(at("inbox-"));
  for (const [index, { text, signature, approver }] of handed.entries()) {
    writeFileSync(join(inbox, `${index}.json`), text);
    writeFileSync(join(inbox, `${index}.json.sig`), signature);
    writeFileSync(join(inbox, `${index}.approver`), approver);
  }
  const when = moment.toISOString().replace(/\.\d+Z$|\D/gu, "");
  const args = [script, "check", inbox, at("signers"), at("revoked"), when];
  return parseFacts(execFileSync("sh", args, { encoding: "utf8" }));
}

/** All that is wrong, without what differs between keys. */
function wrong(handed: readonly Handed[], over: Partial<Asked> = {}): string {
  const of = { ...asked, ...over };
  const { problems } = verifyApprovals(of, handed, factsOf(handed, of.at));
  return problems.join("\n").replace(/SHA256:[\w+/]+/gu, "KEY");
}

describe("an approval", () => {
  it("holds when it is of this release, this plan, this environment, and by a known key", () => {
    const handed = [approval()];
    const { accepted, problems } = verifyApprovals(asked, handed, factsOf(handed, now));
    expect(problems).toEqual([]);
    expect(accepted).toHaveLength(1);
    expect(accepted[0]).toMatch(
      /^cleo@example\.com \(key SHA256:.*\) until 2026-11-26T12:00:00Z$/u,
    );
  });

  it("signed by the module's script is verified by plain ssh-keygen", () => {
    const { text } = approval();
    writeFileSync(at("approval.json"), text);
    execFileSync("sh", [script, "sign", at("approval.json"), at("cleo")]);
    const args = ["-Y", "verify", "-f", at("signers"), "-I", "cleo@example.com"];
    const { stdout } = spawnSync(
      "ssh-keygen",
      [...args, "-n", "kitchen-approval", "-s", at("approval.json.sig")],
      { input: text, encoding: "utf8" },
    );
    expect(stdout).toContain('Good "kitchen-approval" signature for cleo@example.com');
  });

  it("is refused with any byte edited", () => {
    const handed = approval();
    fc.assert(
      fc.property(fc.nat(handed.text.length - 1), (index) => {
        const letter = handed.text[index] === "1" ? "2" : "1";
        const text = handed.text.slice(0, index) + letter + handed.text.slice(index + 1);
        expect(wrong([{ ...handed, text }])).not.toBe("");
      }),
      { numRuns: 15 },
    );
    const text = handed.text.replace("2026-11-26", "2026-11-27");
    expect(wrong([{ ...handed, text }])).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      cleo.json: its signature is not one of these bytes as an approval: it was edited, or signed for something else (ssh-keygen: Signature verification failed: incorrect signature)"
    `);
  });

  it("is refused with another signature, another purpose, or none", () => {
    const handed = approval();
    expect(wrong([{ ...handed, signature: approval({ expires: "1h" }).signature }])).toContain(
      "its signature is not one of these bytes",
    );
    expect(wrong([{ ...handed, signature: "" }])).toContain(
      "its signature is not one of these bytes",
    );
    expect(wrong([approval({ purpose: "file" })])).toContain("or signed for something else");
    expect(wrong([{ ...handed, text: "{}" }])).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      cleo.json: is no approval: format: Invalid input: expected "kitchen/approval/v1"; release: Invalid input: expected string, received undefined; environment: Invalid input: expected string, received undefined; plan: Invalid input: expected string, received undefined; approver: Invalid input: expected string, received undefined; issued: a moment in UTC: 2026-11-01T12:00:00Z; expires: a moment in UTC: 2026-11-01T12:00:00Z; waives: Invalid input: expected array, received undefined"
    `);
  });

  it("is refused for another release, environment or plan than it was given for", () => {
    expect(wrong([approval()], { release: sha("c") })).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      cleo.json: it approves release sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, not sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
    `);
    expect(wrong([approval()], { environment: "staging" })).toMatchInlineSnapshot(`
      "staging needs a good approval, and has none
      cleo.json: it is for environment production, not staging"
    `);
    expect(wrong([approval()], { plan: sha("c") })).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      cleo.json: it approves plan sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, and the plan is sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc by now: ask for an approval of that"
    `);
  });

  it("is refused after it has expired, and when it is good for too long", () => {
    expect(wrong([approval()], { at: hours(24) })).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      cleo.json: it expired at 2026-11-26T12:00:00Z, 0 s ago"
    `);
    expect(wrong([approval()], { at: hours(27.5) })).toContain(", 3 h 30 min ago");
    expect(wrong([approval({ expires: "8d" })])).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      cleo.json: it is good for 8 d, and 7 d is the longest that kitchen.yaml allows"
    `);
    expect(wrong([approval({ expires: "0s" })])).toContain("before it was issued");
  });

  it("is refused when a clock is wrong by an hour, and not for a minute", () => {
    expect(wrong([approval()], { at: hours(-1) })).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      cleo.json: it was issued at 2026-11-25T12:00:00Z, 1 h from now: a clock is wrong, here or where it was signed"
    `);
    expect(wrong([approval()], { at: hours(-1 / 60) })).toBe("");
  });

  it("is refused when it was used already", () => {
    const handed = approval();
    expect(wrong([handed], { used: [digestOf(handed.text)] })).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      cleo.json: it was used already, and is good for one promotion"
    `);
  });

  it("is refused from keys that nobody knows, that are another's, revoked, or too old", () => {
    expect(wrong([approval({ by: "eve" })])).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      eve.json: key KEY is none of the allowed signers' at that moment (ssh-keygen: No principal matched.)"
    `);
    expect(wrong([approval({ by: "dan", approver: "cleo@example.com" })])).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      dan.json: it names cleo@example.com as approver, and key KEY is dan@example.com's"
    `);
    expect(wrong([approval({ by: "gone" })])).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      gone.json: key KEY of gone@example.com is revoked"
    `);
    expect(wrong([approval({ by: "late" })], { at: hours(1) })).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      late.json: key KEY is none of the allowed signers' at that moment (ssh-keygen: the file of allowed signers:5: key has expired: verify time 2026-11-25T13:00:00 > valid-before 2026-11-25T12:00:00; No principal matched.)"
    `);
    expect(wrong([approval({ by: "filed" })])).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      filed.json: key KEY of filed@example.com may not approve (ssh-keygen: the file of allowed signers:6: key is not permitted for use in signature namespace "kitchen-approval")"
    `);
  });

  it("is refused from whoever has not the role", () => {
    const rule = { ...asked.rule, roles: ["owner"] };
    expect(wrong([approval()], { rule })).toBe("");
    expect(wrong([approval({ by: "late" })], { rule, at: hours(-0.05) })).toMatchInlineSnapshot(`
      "production needs a good approval, and has none
      late.json: late@example.com has not the role owner (approval.roles in kitchen.yaml)"
    `);
  });
});

describe("approvals together", () => {
  const rule = { ...asked.rule, approvers: 2 };

  it("are as many as the environment needs, of different people", () => {
    expect(wrong([approval(), approval({ by: "dan" })], { rule })).toBe("");
    expect(wrong([])).toMatchInlineSnapshot(`"production needs a good approval, and has none"`);
    expect(wrong([approval()], { rule })).toMatchInlineSnapshot(
      `"production needs good approvals by 2 people, and has 1"`,
    );
    const twice = [approval(), approval({ approver: "cleo@users.example.com" })];
    expect(wrong(twice, { rule })).toContain("and has 1");
  });

  it("say what is wrong with each when they are not enough, and nothing else", () => {
    expect(wrong([approval({ by: "eve" }), approval()])).toBe("");
    expect(wrong([approval({ by: "eve" }), approval({ by: "gone" })]).split("\n")).toHaveLength(3);
  });

  it("are not of the change's authors alone, by whatever name of the key", () => {
    expect(wrong([approval({ by: "ada" })])).toMatchInlineSnapshot(
      `"only authors of the change have approved it (ada@example.com, bob@example.com): somebody else has to, too"`,
    );
    expect(wrong([approval({ by: "ada" }), approval()])).toBe("");
    const manifest = { ...complete, authors: ["Cleo@users.example.com"] };
    expect(wrong([approval()], { manifest })).toContain("only authors of the change");
    const authorAlone = { ...asked.rule, authorAlone: true };
    expect(wrong([approval({ by: "ada" })], { rule: authorAlone })).toBe("");
  });

  it("waive by name what the release lacks, as many as have to approve", () => {
    const of = { manifest: sampleRelease, evidence: ["ci"] };
    expect(wrong([approval({ of })], of)).toMatchInlineSnapshot(`
      "the release lacks integrationTest (its verdict is failed), and that is not waived
      the release lacks loadTest (its verdict is inconclusive), and that is not waived
      the release lacks stand-in:airflow (it was built on a stand-in for docker.io/library/python:3.13-slim-trixie), and that is not waived"
    `);
    const waives = ["integrationTest", "loadTest", "stand-in:airflow"];
    expect(wrong([approval({ of, waives })], of)).toBe("");
    const both = [approval({ of, waives }), approval({ by: "dan", of })];
    expect(wrong(both, { ...of, rule })).toContain("the release lacks loadTest");
  });

  it("are of no use for a release of another repository", () => {
    expect(wrong([approval()], { repository: "https://example.com/other" })).toMatchInlineSnapshot(
      `"release sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa is of another repository: https://example.com/team/product, and kitchen.yaml here says https://example.com/other"`,
    );
  });
});

it("only what a release lacks can be waived", () => {
  const of = { ...asked, manifest: sampleRelease };
  const terms = { approver: "cleo@example.com", expires: "1h", waives: ["loadtest", "x"] };
  expect(() => statementFor(of, terms)).toThrowErrorMatchingInlineSnapshot(`
    [Error: the release does not lack loadtest: did you mean loadTest?
    the release does not lack x: it lacks integrationTest, loadTest, stand-in:airflow]
  `);
});

it("a key that cannot be used is refused, and said", () => {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "phrase", "-f", at("locked")]);
  writeFileSync(at("nonsense"), "nonsense\n", { mode: 0o600 });
  writeFileSync(at("approval.json"), "{}");
  for (const key of ["locked", "nonsense"]) {
    const { status, stderr } = spawnSync("sh", [script, "sign", at("approval.json"), at(key)], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toBe(
      "the key cannot be used: it is no SSH private key, or has a passphrase. With a passphrase, an agent or a security key sign by hand: ssh-keygen -Y sign -n kitchen-approval -f KEY approval.json\n",
    );
  }
});

it("moments and durations", () => {
  expect(readMoment("90m", "expires", now)).toEqual(hours(1.5));
  expect(readMoment("7d", "expires", now)).toEqual(hours(168));
  expect(readMoment("2026-11-25T13:00:00+00:00", "expires", now)).toEqual(hours(1));
  for (const text of ["", "soon", "24", "2026-11-25", "-1h", "2026-13-01T00:00:00Z"]) {
    expect(() => readMoment(text, "expires", now)).toThrow(`expires ${text}: a moment such as`);
  }
  expect([0, 59_999, 3_600_000, 90_061_000].map(span)).toEqual(["0 s", "59 s", "1 h", "1 d 1 h"]);
});

it("a statement that is none says what is wrong", () => {
  expect(readStatement("[")).toMatch(/^is no JSON/u);
  const text = approval().text.replace('"approver":"cleo@example.com"', '"approver":"*"');
  expect(readStatement(text)).toMatchInlineSnapshot(
    `"is no approval: approver: one name of the allowed signers, without blanks, commas and patterns"`,
  );
});

it("what an approver is asked", () => {
  const before = {
    ...complete,
    images: complete.images.slice(1).map((each) => ({ ...each, digest: sha("e") })),
    dags: [...complete.dags, { name: "old", digest: sha("d") }],
  };
  const commits = { added: ["0123456789ab Faster (Ada)"], removed: [], problem: null };
  const current = { release: sha("f"), manifest: before, commits };
  const text = requestText(asked, current, "1 to change\n  aws_ecs_service.api\n");
  expect(text).toMatchInlineSnapshot(`
    "May this release go to production, and this plan be applied for it?

    release    sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    commit     cccccccccccccccccccccccccccccccccccccccc by ada@example.com, bob@example.com
    repository https://example.com/team/product
    image      registry.example.com/team/airflow@sha256:1111111111111111111111111111111111111111111111111111111111111111
    image      registry.example.com/team/api@sha256:2222222222222222222222222222222222222222222222222222222222222222
    DAGs       airflow sha256:3333333333333333333333333333333333333333333333333333333333333333
    Terraform  infra sha256:4444444444444444444444444444444444444444444444444444444444444444
    evidence   ci passed sha256:5555555555555555555555555555555555555555555555555555555555555555
    evidence   integrationTest passed sha256:5555555555555555555555555555555555555555555555555555555555555555
    evidence   loadTest passed sha256:5555555555555555555555555555555555555555555555555555555555555555
    It lacks nothing.
    plan       sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
      1 to change
        aws_ecs_service.api

    Against release sha256:ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff, which runs there now:
      image airflow: new, sha256:1111111111111111111111111111111111111111111111111111111111111111
      image api: sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee becomes sha256:2222222222222222222222222222222222222222222222222222222222222222
      DAGs airflow: the same
      DAGs old: goes away
      Terraform infra: the same
      commits that come:
        0123456789ab Faster (Ada)

    It takes 1 approval, not by its authors alone, good for 7 d at most:
      approve --release sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --environment production --plan sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb --registry REGISTRY --approver YOU --expires 24h --key file://KEY
    or by hand:
      approval-request --release sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa --environment production --plan sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb --registry REGISTRY statement --approver YOU --expires 24h export --path approval.json
      ssh-keygen -Y sign -n kitchen-approval -f KEY approval.json
    "
  `);
  const rule = { ...asked.rule, approvers: 2, roles: ["owner", "lead"], authorAlone: true };
  const other = requestText(
    { ...asked, rule },
    { ...current, commits: { added: [], removed: [], problem: "shallow" } },
    undefined,
  );
  expect(other).toContain(
    "It takes 2 approvals by different people with the role owner or lead, good for 7 d at most",
  );
  expect(other).toContain("commits between: shallow");
  expect(requestText(asked, undefined, undefined)).toContain("What runs there now was not given.");
});

it("docs/approval.schema.json is what statement.ts says", async () => {
  const schema = z.toJSONSchema(statementSchema, { target: "draft-7" });
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
    "../../docs/approval.schema.json",
  );
});
