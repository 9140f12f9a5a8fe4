import { describe, expect, it } from "vitest";
import type { Environment } from "../src/config/environments.ts";
import { type Answer, answerSchema } from "../src/infra/answer.ts";
import { changesOf, covers } from "../src/infra/changes.ts";
import { variableName } from "../src/infra/environment.ts";
import { type PlanStory, planMarkdown, planText } from "../src/infra/plan-text.ts";
import { policyFindings } from "../src/infra/policy.ts";
import { problemsOf } from "../src/infra/problems.ts";
import { openSealed } from "../src/infra/sealed.ts";

interface Change {
  actions: string[];
  before?: unknown;
  after?: unknown;
  after_unknown?: unknown;
  replace_paths?: string[][];
  importing?: unknown;
}

const resource = (address: string, change: Change, more = {}) => ({
  address,
  mode: "managed",
  type: address.split(".").at(-2) ?? "",
  change,
  ...more,
});

function answerOf(plan: object, more: object = {}): Answer {
  return answerSchema.parse({ diagnostics: [], notes: [], plan, ...more });
}

const places = {
  "aws_db_instance.main": { path: "infra/staging/main.tf", line: 7 },
  "module.web": { path: "infra/staging/main.tf", line: 30 },
};

const plan = {
  resource_changes: [
    resource("aws_s3_bucket.new", { actions: ["create"], before: null, after: {} }),
    resource("data.aws_region.now", { actions: ["read"] }, { mode: "data" }),
    resource("aws_iam_role.same", { actions: ["no-op"] }),
    resource('module.web["a.b"].aws_instance.old[0]', { actions: ["delete"], before: {} }),
    resource("aws_db_instance.main", {
      actions: ["delete", "create"],
      before: { engine: "16", size: 1, tags: { a: "1" }, list: [1, 2], password: "(sensitive)" },
      after: { engine: "17", size: 1, tags: { a: "2" }, list: [1, 2, 3], password: "(sensitive)" },
      after_unknown: { arn: true },
      replace_paths: [["engine"]],
    }),
    resource("aws_lb.front", {
      actions: ["update"],
      before: { name: "x", long: "y".repeat(200) },
      after: { name: null, long: "z".repeat(200) },
    }),
    resource("aws_eip.kept", { actions: ["forget"] }),
    resource("aws_eip.moved", { actions: ["no-op"] }, { previous_address: "aws_eip.before" }),
    resource("aws_eip.taken", { actions: ["no-op"], importing: { id: "eip-1" } }),
    resource("aws_eip.deposed", { actions: ["delete"] }, { deposed: "0123" }),
  ],
};

function storyOf(changes: PlanStory["changes"], more: Partial<PlanStory> = {}): PlanStory {
  return {
    ...{ environment: "staging", digest: "sha256:00", serial: 3, terraform: "1.11.4", changes },
    ...{ outputs: [], drifted: [], refused: [], notes: [], ...more },
  };
}

describe("a plan's summary", () => {
  it("shows destroys and replacements first, why, where, and what is protected", () => {
    const changes = changesOf({ ...answerOf(plan), places }, ["aws_db_instance.*", "module.web"]);
    expect(
      planText(storyOf(changes, { outputs: ["url"], drifted: ["aws_lb.front"] })),
    ).toMatchInlineSnapshot(`
      "plan of staging: 2 to destroy, 1 to replace, 1 to forget, 1 to change, 1 to create, 1 to import, 1 to move, 1 to read
        destroy  aws_eip.deposed (deposed 0123)
        destroy  module.web["a.b"].aws_instance.old[0]  infra/staging/main.tf:30  PROTECTED: no apply may do that
        replace  aws_db_instance.main  infra/staging/main.tf:7  PROTECTED: no apply may do that
                   engine: "16" → "17"  (this is why it is replaced)
                   arn: nothing → (known after apply)
                   list: [1,2] → [1,2,3]
                   tags.a: "1" → "2"
        forget   aws_eip.kept
        change   aws_lb.front
                   long: "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy… → "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz…
                   name: "x" → nothing
        create   aws_s3_bucket.new
        import   aws_eip.taken
        move     aws_eip.moved
        read     data.aws_region.now
        outputs that change: url
        changed outside of Terraform: aws_lb.front
        digest sha256:00, Terraform 1.11.4, from serial 3 of the state"
    `);
  });

  it("says so when there is nothing to do", () => {
    expect(planText(storyOf([]))).toMatchInlineSnapshot(`
      "plan of staging: no resource changes
        digest sha256:00, Terraform 1.11.4, from serial 3 of the state"
    `);
  });

  it("is Markdown in which nothing of the plan is markup, a mention or a link", () => {
    const evil = 'aws_x.y["`|<img src=x>@team https://evil.example"]';
    const changes = changesOf(
      answerOf({
        resource_changes: [
          resource(evil, {
            actions: ["update"],
            before: { "k|<b>": "a" },
            after: { "k|<b>": "@team <script> https://evil.example | `x`" },
          }),
        ],
      }),
      [],
    );
    const text = planMarkdown(storyOf(changes, { notes: ["[x](https://evil.example) @all"] }));
    expect(text).toMatchInlineSnapshot(`
      "## Plan of staging: 1 to change

      - &#91;x&#93;&#40;https:​//evil.example&#41; @​all

      | | resource | what | place |
      |---|---|---|---|
      | change | \`\` aws_x.y["\`¦<img src=x>@team https://evil.example"] \`\` | k&#124;&#60;b&#62;: "a" → "@​team &#60;script&#62; https:​//evil.example &#124; &#96;x&#96;" |  |

      Digest \`sha256:00\`, Terraform 1.11.4, from serial 3 of the state.
      "
    `);
    expect(text.replace(/`[^`]*`/gu, "")).not.toMatch(/<(?!br>)|@[a-z]|https:\/\/|\]\(/u);
  });

  it("shows no character that a terminal would obey", () => {
    const change = { actions: ["create"], before: null, after: {} };
    const changes = changesOf(
      answerOf({ resource_changes: [resource('aws_x.y["\u001b[2J"]', change)] }),
      [],
    );
    expect(planText(storyOf(changes))).not.toContain("\u001b");
  });
});

it("a protected address covers itself, its instances and what is in a module", () => {
  const all = ["aws_db.main", "aws_db.main[0]", 'module.m["a"].aws_db.main', "aws_db.mainly"];
  const covered = (named: string) => all.filter((address) => covers(named, address));
  expect(covered("aws_db.main")).toEqual(all.slice(0, 2));
  expect(covered("module.m")).toEqual([all[2]]);
  expect(covered("*aws_db.main")).toEqual(all.slice(0, 3));
  expect(covered("aws_db.*")).toEqual(["aws_db.main", "aws_db.main[0]", "aws_db.mainly"]);
  expect(covered("aws.db.main")).toEqual([]);
});

describe("policy", () => {
  const environment = (fields: Partial<Environment>): Environment => ({
    ...{ name: "staging", path: "infra/staging", varFiles: [], protected: [], lockTimeout: 60 },
    ...{ state: undefined, policy: {}, ...fields },
  });
  const found = (given: object, fields: Partial<Environment>) =>
    policyFindings({ ...answerOf(given), places }, environment(fields)).map(
      ({ path, line, level, rule, message }) => `${path}:${line} ${level} ${rule} ${message}`,
    );
  const after = (address: string, value: object, after_unknown: object = {}) =>
    resource(address, { actions: ["create"], before: null, after: value, after_unknown });

  it("knows regions of resources, zones and providers", () => {
    const given = {
      resource_changes: [
        after("aws_db_instance.main", { region: "us-east-1", availability_zone: "us-east-1a" }),
        after("aws_subnet.a", { availability_zone: "eu-central-1a" }),
        after("google_sql.b", { zone: "europe-west3-b", location: "eu-central-1" }),
        resource("aws_x.gone", {
          actions: ["delete"],
          before: { region: "us-east-1" },
          after: null,
        }),
      ],
      variables: { region: { value: "us-west-2" } },
      configuration: {
        provider_config: {
          aws: { expressions: { region: { references: ["var.region"] } } },
          "aws.home": { expressions: { region: { constant_value: "eu-central-1" } } },
        },
      },
    };
    expect(
      found(given, { policy: { regions: ["eu-central-1", "europe-west3"] } }),
    ).toMatchInlineSnapshot(`
      [
        "infra/staging:1 error region provider.aws: region us-west-2 is not one of eu-central-1, europe-west3",
        "infra/staging/main.tf:7 error region aws_db_instance.main: region us-east-1 is not one of eu-central-1, europe-west3",
        "infra/staging/main.tf:7 error region aws_db_instance.main: availability_zone us-east-1a is not one of eu-central-1, europe-west3",
      ]
    `);
  });

  it("knows sizes, nested ones too, and does not pass what it cannot know", () => {
    const given = {
      resource_changes: [
        after("aws_db_instance.main", { instance_class: "db.r6g.16xlarge" }),
        after("aws_eks_node_group.n", {
          scaling: [{ instance_types: ["t4g.small", "x1.32xlarge"] }],
        }),
        after("aws_instance.later", {}, { instance_type: true }),
      ],
    };
    expect(
      found(given, { policy: { instanceSizes: ["db.t4g.*", "t4g.*"] } }),
    ).toMatchInlineSnapshot(`
      [
        "infra/staging/main.tf:7 error instance-size aws_db_instance.main: instance_class db.r6g.16xlarge is not one of db.t4g.*, t4g.*",
        "infra/staging:1 error instance-size aws_eks_node_group.n: instance_types x1.32xlarge is not one of db.t4g.*, t4g.*",
        "infra/staging:1 error instance-size aws_instance.later: instance_type is not known before the apply, so it cannot be checked",
      ]
    `);
  });

  it("knows tags, those that the provider adds too, and what cannot have any", () => {
    const given = {
      resource_changes: [
        after("aws_db_instance.main", { tags: null, tags_all: { team: "data" } }),
        after("aws_s3_bucket.b", {
          tags: { team: "data" },
          tags_all: { team: "data", stage: "s" },
        }),
        after("google_x.c", { labels: {} }),
        after("aws_iam_policy_attachment.d", {}),
      ],
    };
    expect(found(given, { policy: { requiredTags: ["team", "stage"] } })).toMatchInlineSnapshot(`
      [
        "infra/staging/main.tf:7 error required-tags aws_db_instance.main: has no tags stage",
        "infra/staging:1 error required-tags google_x.c: has no labels team, stage",
      ]
    `);
  });

  it("says what it protects, and that it protects nothing", () => {
    expect(
      found(plan, { protected: ["aws_db_instance.main", "aws_db_instance.mian"] }),
    ).toMatchInlineSnapshot(`
      [
        "infra/staging/main.tf:7 error protected aws_db_instance.main: is protected, and the plan would replace it",
        "kitchen.yaml:1 warning protects-nothing aws_db_instance.mian: is protected, but there is no such resource",
      ]
    `);
  });

  it("has nothing to say without rules, and without a plan", () => {
    expect(found(plan, {})).toEqual([]);
    expect(policyFindings({ plan: undefined, places }, environment({ protected: ["x"] }))).toEqual(
      [],
    );
  });
});

describe("problems", () => {
  const asked = { environment: "staging", vars: ["size=many"], lockTimeout: 60 };
  const said = (summary: string, detail: string, more: object = {}) =>
    problemsOf(
      answerOf(
        {},
        {
          problem: { kind: "diagnostics", message: "" },
          diagnostics: [{ severity: "error", summary, detail }],
          ...more,
        },
      ),
      asked,
    );
  const lockInfo =
    "Error message: ConditionalCheckFailed\nLock Info:\n  ID:        abc-1\n  Path:      states/shop\n  Operation: OperationTypePlan\n  Who:       ann@runner\n  Version:   1.11.4\n  Created:   2026-11-25 10:14:52.98 +0000 UTC\n  Info:      \n\n\nTerraform acquires …";

  it("name the holder of a lock, also where Terraform names itself", () => {
    const lock = "Error acquiring the state lock";
    expect(said(lock, lockInfo, { backend: "s3" })).toMatchInlineSnapshot(`
      [
        "the state is locked by ann@runner since 2026-11-25 10:14:52 +0000 U C for plan, and waiting 60 s did not help. When nobody is at work there any more: dagger call terraform-unlock --environment staging --lock-id abc-1",
      ]
    `);
    expect(
      said(lock, lockInfo.replace("Conditional", "ID=theirs Conditional"), { backend: "http" }),
    ).toMatchInlineSnapshot(`
      [
        "the state is locked by somebody whom the backend does not name, and waiting 60 s did not help. When nobody is at work there any more: dagger call terraform-unlock --environment staging --lock-id theirs",
      ]
    `);
    expect(
      said(lock, "Error message: pg: already locked", { backend: "pg" }),
    ).toMatchInlineSnapshot(`
      [
        "the state is locked, and waiting 60 s did not help: Error message: pg: already locked",
      ]
    `);
  });

  it("say what to do about providers, credentials, backends, and else what Terraform said", () => {
    const provider =
      "Could not retrieve the list of available versions for provider hashicorp/aws: could not connect to registry.terraform.io: no such host";
    expect([
      said("Failed to query available provider packages", provider),
      said("error configuring S3 Backend", "AccessDenied: no", { backend: "s3" }),
      said("dial tcp 127.0.0.1:5432: connect: connection refused", "", { backend: "pg" }),
      said("Cycle", "a,\n  b"),
    ]).toMatchInlineSnapshot(`
      [
        [
          "provider hashicorp/aws cannot be had; where its registry cannot be reached, give a folder of packages as --mirror: Could not retrieve the list of available versions for provider hashicorp/aws: could not connect to registry.terraform.io: no such host",
        ],
        [
          "the credentials are missing or not taken (backend s3, or a provider): give them as secrets, such as --secrets env:AWS_ACCESS_KEY_ID: error configuring S3 Backend: AccessDenied: no",
        ],
        [
          "something cannot be reached (backend pg, or what a provider asks): dial tcp 127.0.0.1:5432: connect: connection refused",
        ],
        [
          "Cycle: a, b",
        ],
      ]
    `);
  });
});

it("secrets are named as their environment variables", () => {
  expect(variableName("env://TF_VAR_password", "")).toBe("TF_VAR_password");
  expect(variableName("file:///run/secrets/AWS_ACCESS_KEY_ID", "")).toBe("AWS_ACCESS_KEY_ID");
  expect(variableName("", "PG_CONN_STR")).toBe("PG_CONN_STR");
  expect(() => variableName("file:///run/secrets/db-password", "")).toThrow("db-password");
  expect(() => variableName("", "my secret")).toThrow("my secret");
});

describe("what a step sealed", () => {
  // By scripts/terraform/sealed.py, which has to go on reading and writing the same format.
  const sealed = Buffer.from(
    "a2l0Y2hlbi1zZWFsZWQgMQp7ImFib3V0Ijp7ImVudmlyb25tZW50Ijoic2hvcCJ9LCJzYWx0IjoiMDhlNmQzYzE0OTY0MWU4MzE5MjY4OTU2M2E0Nzc5ZmYiLCJub25jZSI6IjgxYTg3MzA2OWNhNGFmZGVmY2QyNzkyOSIsImNoZWNrIjoiZTZiYjU1NGY3NTIxMDM0MiJ9CmXAeKnJFxo9ChReJ0nIjl01jrAoNB1diPTLB0/SqUJQIAcyToBohq+mQQP1T03hegFT5dx2CTQEZ/aZ3XlVS7yD/A0x",
    "base64",
  );

  it("opens with its key only, and only whole", () => {
    expect(openSealed(sealed, "a key that is long enough")).toBe('{"password":"grün"}');
    expect(() => openSealed(sealed, "another key, also long")).toThrow("another key");
    expect(() => openSealed(sealed.subarray(0, -1), "a key that is long enough")).toThrow(
      "damaged",
    );
  });
});
