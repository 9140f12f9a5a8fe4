import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { makeAirflow, makeService } from "./app-runner-infrastructure.ts";
import { ecr, putIntoEcr } from "./ecr.ts";
import { actionsInSource, actionsOfPolicy, compared } from "./policy.ts";
import { type Said, type Script, startScript } from "./script.ts";
import { type Call, type StandIn, startStandIn } from "./stand-in.ts";

// The module's own script against AWS's APIs, without the step that it runs in. What is served is the
// stand-in's, which says what it was given.

let aws: StandIn;
let script: Script;
const here = mkdtempSync(join(tmpdir(), "dags-"));
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const [one, two] = [digest("1"), digest("2")];

beforeAll(async () => {
  aws = await startStandIn();
  script = startScript(aws);
});
beforeEach(() => aws.plant());
afterAll(() => {
  script?.stop();
  aws?.stop();
  rmSync(here, { recursive: true, force: true });
});

const service = {
  ...{ health: "/healthz", version: "/version", probes: ["/menu"], migrate: null },
  env: {
    KITCHEN_API_RELEASE_ID_FILE: "/kitchen/release-id",
    KITCHEN_API_IMAGE_DIGEST_FILE: "/kitchen/image-digest",
    KITCHEN_API_DATABASE_URL_FILE: "/kitchen/database-url",
  },
};

const place = {
  ...{ kind: "app-runner", region: "eu-central-1", project: "kitchen", bucket: "kitchen-state" },
  ...{ address: null, startTimeout: 15, resolution: 1, service, mwaa: null, dags: null },
};

const run = (command: string, changes: object = {}) =>
  script.run(command, { ...place, ...changes });

const imageOf = (letter: string) => ({
  digest: digest(letter),
  manifest: JSON.stringify({ layers: [{ digest: digest(letter) }] }),
});

/** A release whose image has this letter as its digest. */
const release = <T extends object>(id: string, letter: string, more = {} as T) => ({
  release: { id, commit: "c".repeat(40) },
  service: { ...service, image: `${ecr}/team/api@${digest(letter)}` },
  ...{ airflow: null, slot: null },
  ...more,
});

const all = (slot: "blue" | "green") => ({
  weights: { blue: slot === "blue" ? 100 : 0, green: slot === "green" ? 100 : 0 },
  revision: null,
});

const answer = z.object({
  slots: z.record(
    z.string(),
    z.object({ release: z.string().nullable(), weight: z.number(), running: z.boolean() }),
  ),
  stable: z.string().nullable(),
  before: z.string().nullable(),
  airflow: z.object({ dags: z.record(z.string(), z.string().nullable()).nullable() }).nullable(),
  changes: z.array(z.string()),
});
const answered = async (ran: Promise<Said>) => {
  const { result, words } = await ran;
  expect(words).toBe("");
  return answer.parse(result);
};
const weightsOf = ({ slots }: z.infer<typeof answer>) => [slots.blue?.weight, slots.green?.weight];

/** Without what is another one each time. */
const plain = (words: string) =>
  words
    .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, "OPERATION")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/gu, "TIME")
    .replaceAll(/service\/kitchen\/[0-9a-f]{32}/gu, "service/kitchen/ID")
    .replaceAll(/(?<=dags\/)[0-9a-f]{64}/gu, "DIGEST");
const refused = async (ran: Promise<Said>) => {
  const { status, words } = await ran;
  expect(status).toBe(1);
  return plain(words);
};

describe("an App Runner service", () => {
  test("that is not there, or not in this region", async () => {
    expect(await refused(run("current"))).toBe(
      "eu-central-1 has no App Runner service kitchen: there are none: is the region right, and was its Terraform applied?",
    );
  });

  test("gets the first release at once, and the same again changes nothing", async () => {
    await makeService(aws, {
      KITCHEN_API_DATABASE_URL: "sqlite://",
      KITCHEN_API_RELEASE_ID: "old",
    });
    await putIntoEcr(aws, imageOf("a"));
    await putIntoEcr(aws, imageOf("b"));
    expect(await refused(run("deploy", release(one, "d")))).toContain(
      `${ecr}/team/api@${digest("d")}: not in ECR: the repository has no image of this digest`,
    );
    const first = await answered(run("deploy", release(one, "a")));
    expect([weightsOf(first), first.stable]).toEqual([[100, 0], "blue"]);
    expect(first.changes.map(plain)).toContain(
      "apprunner:UpdateService arn:aws:apprunner:eu-central-1:123456789012:service/kitchen/ID",
    );
    expect((await answered(run("deploy", release(one, "a")))).changes).toEqual([]);
    const told = z
      .object({ environment: z.record(z.string(), z.string()) })
      .parse(await (await fetch(`http://127.0.0.1:${aws.port}/version`)).json());
    // Terraform's variables stay, and what was said of the release before is replaced.
    expect(told.environment).toEqual({
      KITCHEN_API_DATABASE_URL: "sqlite://",
      KITCHEN_API_IMAGE_DIGEST: digest("a"),
      KITCHEN_API_RELEASE_ID: one,
      KITCHEN_RELEASE: one,
    });
  });

  test("has another release ready, and says that a slot without traffic runs nowhere", async () => {
    const second = await answered(run("deploy", release(two, "b")));
    expect(weightsOf(second)).toEqual([100, 0]);
    expect(second.slots.green).toEqual({ release: two, weight: 0, running: false });
    const { probes } = z
      .object({ probes: z.array(z.object({ name: z.string(), problem: z.string().nullable() })) })
      .parse((await run("smoke", { slot: "green" })).result);
    expect(probes).toEqual([
      { name: "green has its image in ECR (it runs nowhere before it has traffic)", problem: null },
      { name: "green can be run: App Runner is at nothing else", problem: null },
    ]);
  });

  test("shares no traffic", async () => {
    const share = (blue: number, green: number) =>
      refused(run("set-weights", { weights: { blue, green }, revision: null }));
    expect(await share(50, 50)).toBe(
      "the weights are blue 50 %, green 50 %: App Runner gives a release all traffic at once or none: for shares of it use an environment of kind ecs or docker",
    );
    expect(await share(60, 60)).toContain("they have to sum up to 100");
  });

  test("is exchanged, observed on both sides of the exchange, and rolled back", async () => {
    const ask = async (times: number) => {
      for (let asked = 0; asked < times; asked++) {
        await fetch(`http://127.0.0.1:${aws.port}/menu`);
        await sleep(100);
      }
    };
    await ask(50);
    await aws.plant({ kind: "lost", service: "apprunner", operation: "UpdateService", times: 1 });
    const exchanged = await answered(run("set-weights", all("green")));
    expect([weightsOf(exchanged), exchanged.stable, exchanged.before]).toEqual([
      ...[[0, 100], "green", "blue"],
    ]);
    // Metrics of a window do not come together.
    await aws.plant({ kind: "late", service: "cloudwatch", times: 1 });
    const [{ result }] = await Promise.all([run("observe", { seconds: 2 }), ask(60)]);
    const seen = z
      .object({
        slots: z.record(
          z.string(),
          z.object({
            weight: z.number(),
            counters: z.object({ requests: z.number(), "5xx": z.number() }).nullable(),
            latency: z.record(z.string(), z.number()).nullable(),
          }),
        ),
      })
      .parse(result);
    expect(seen.slots.green?.weight).toBe(100);
    expect(seen.slots.green?.counters?.requests).toBeGreaterThan(5);
    expect(seen.slots.green?.latency?.["+Inf"]).toBe(seen.slots.green?.counters?.requests);
    expect(seen.slots.blue?.weight).toBe(0);
    expect(seen.slots.blue?.counters).not.toBeNull();
    const back = await answered(run("rollback", { to: one }));
    expect([weightsOf(back), back.stable, back.before]).toEqual([[100, 0], "blue", null]);
    expect((await answered(run("rollback", { to: one }))).changes).toEqual([]);
    expect(await refused(run("rollback", { to: digest("9") }))).toBe(
      `release ${digest("9")} is in no slot: there are blue ${one}, green ${two}`,
    );
  });

  test("a release that does not become well: App Runner goes back by itself", async () => {
    await aws.plant({ kind: "deployment-fails", service: "apprunner", times: 1 });
    expect(await refused(run("set-weights", all("green")))).toMatchInlineSnapshot(`
      "App Runner did not get release sha256:2222222222222222222222222222222222222222222222222222222222222222 well as 123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/api@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, and serves what served before (UPDATE_SERVICE OPERATION: ROLLBACK_SUCCEEDED since TIME): why is in its logs
      done until then: apprunner:UpdateService arn:aws:apprunner:eu-central-1:123456789012:service/kitchen/ID"
    `);
    expect(weightsOf(await answered(run("current")))).toEqual([100, 0]);
  });

  test("smoke that fails after the exchange: who has the traffic is said, and the way back works", async () => {
    const wrong = { service: { ...service, probes: ["/menu", "/fails"] } };
    expect(await refused(run("set-weights", { ...all("green"), ...wrong }))).toBe(
      `${two} has all traffic, and does not answer as it should:\n  green GET /fails: status 500: ` +
        "this path fails\ndone until then: apprunner:UpdateService arn:aws:apprunner:eu-central-1:123456789012:service/kitchen/ID, s3:PutObject rollouts/kitchen/state.json",
    );
    expect(weightsOf(await answered(run("rollback", { to: one })))).toEqual([100, 0]);
  });

  test("an operation that never ends is named, stands in the way of others, and is gone on with", async () => {
    await aws.plant({ kind: "never-ends", service: "apprunner" });
    expect(
      await refused(run("set-weights", { ...all("green"), startTimeout: 6 })),
    ).toMatchInlineSnapshot(`
      "App Runner service kitchen is not ready after 6 s: UPDATE_SERVICE OPERATION: IN_PROGRESS since TIME. Nothing can stop an operation of App Runner: it goes on by itself, and until it has ended nothing else can be done
      done until then: apprunner:UpdateService arn:aws:apprunner:eu-central-1:123456789012:service/kitchen/ID"
    `);
    const { problems } = z
      .object({ problems: z.array(z.string()) })
      .parse((await run("ready", release(digest("3"), "a"))).result);
    expect(problems.map(plain)).toMatchInlineSnapshot(`
      [
        "App Runner service kitchen is at an operation already (UPDATE_SERVICE OPERATION: IN_PROGRESS since TIME), and does one at a time: run this again when that has ended",
      ]
    `);
    await aws.plant();
    expect(weightsOf(await answered(run("set-weights", all("green"))))).toEqual([0, 100]);
    expect(weightsOf(await answered(run("rollback", { to: one })))).toEqual([100, 0]);
  });

  test("throttling is waited out; credentials that expire half way say what was done", async () => {
    await aws.plant({ kind: "throttled", service: "apprunner", times: 3 });
    expect((await run("current")).status).toBe(0);
    await aws.plant({ kind: "expired", service: "apprunner", after: 3 });
    expect(await refused(run("set-weights", all("green")))).toMatchInlineSnapshot(`
      "AWS DescribeService: the credentials have expired: give new ones, and run this again
      done until then: apprunner:UpdateService arn:aws:apprunner:eu-central-1:123456789012:service/kitchen/ID"
    `);
    await aws.plant();
    expect(weightsOf(await answered(run("rollback", { to: one })))).toEqual([100, 0]);
  });

  test("a permission that lacks is named with its resource", async () => {
    await aws.plant({ kind: "denied", service: "apprunner", operation: "UpdateService" });
    expect(await refused(run("set-weights", all("green")))).toBe(
      "arn:aws:sts::123456789012:assumed-role/deploy/kitchen may not apprunner:UpdateService on arn:aws:apprunner:eu-central-1:123456789012:service/kitchen/ID: its role's policy has to allow it",
    );
  });

  test("is reached with a token of the pipeline, which a role is taken for", async () => {
    const before = (await aws.calls()).length;
    const ran = await script.run("current", place, "token-of-the-pipeline");
    expect(ran.words).toBe("");
    const calls = (await aws.calls()).slice(before);
    expect(calls[0]).toMatchObject({ service: "sts", operation: "AssumeRoleWithWebIdentity" });
    expect(calls[1]?.action).toBe("apprunner:ListServices");
    await aws.plant({ kind: "expired", service: "sts" });
    const late = await script.run("current", place, "token-of-the-pipeline");
    expect(late.words).toBe(
      "AWS AssumeRoleWithWebIdentity: the credentials have expired: give new ones, and run this again",
    );
  });

  test("has logs, passwords masked, and nothing of Kitchen's own to be taken away", async () => {
    const { ServiceSummaryList } = z
      .object({ ServiceSummaryList: z.array(z.object({ ServiceId: z.string() })) })
      .parse(await aws.call("apprunner", "list_services"));
    const logGroupName = `/aws/apprunner/kitchen/${ServiceSummaryList[0]?.ServiceId}/application`;
    await aws.call("logs", "create_log_group", { logGroupName });
    const stream = { logGroupName, logStreamName: "instance/1" };
    await aws.call("logs", "create_log_stream", stream);
    const message = `connected to postgresql://kitchen:${"x".repeat(8)}@database/kitchen`;
    const logEvents = [{ timestamp: Date.now(), message }];
    await aws.call("logs", "put_log_events", { ...stream, logEvents });
    expect((await run("logs", { lines: 5 })).result).toMatchObject({
      logs: {
        "kitchen-application": "connected to postgresql://kitchen:***@database/kitchen",
        "kitchen-service": "",
      },
    });
    expect(await refused(run("remove", { data: false }))).toContain("is Terraform's");
  });
});

const mwaa = {
  ...{ kind: "mwaa", environment: "flow", folder: "dags", updateTimeout: 15 },
  ...{ requirements: "requirements.txt", plugins: null },
};

/** The folder of DAGs, as it is now; and its digest, as a release has it. */
function bundle(files: Readonly<Record<string, string>>) {
  rmSync(here, { recursive: true, force: true });
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");
  let lines = "";
  for (const name of Object.keys(files).sort()) {
    mkdirSync(dirname(join(here, name)), { recursive: true });
    writeFileSync(join(here, name), files[name] ?? "");
    lines += `${sha(files[name] ?? "")}  ./${name}\n`;
  }
  const about = { path: "services/airflow/dags", here, commit: "c".repeat(40) };
  return { ...about, digest: `sha256:${sha(lines)}` };
}

const dags = (tag: string, more = "") =>
  bundle({
    "menu.py": `from airflow.sdk import dag\n\n@dag("menu", tags=["${tag}"])\ndef menu(): ...\n${more}`,
    "requirements.txt": "polars==1.0\n",
    "sql/menu.sql": "select 1\n",
  });

let withoutAirflow: readonly Call[];

describe("Airflow by MWAA", () => {
  beforeAll(async () => {
    withoutAirflow = await aws.calls();
  });

  test("that is not there", async () => {
    const about = release(one, "a", { mwaa, dags: dags("one") });
    expect(await refused(run("deploy", about))).toBe(
      "eu-central-1 has no MWAA environment flow: is the region right, and was its Terraform applied?",
    );
  });

  test("has the DAGs of a release, by Airflow's own word; the same again changes nothing", async () => {
    await makeAirflow(aws);
    const about = release(one, "a", { mwaa, dags: dags("one") });
    const first = await answered(run("deploy", about));
    expect(first.airflow?.dags).toEqual({ menu: about.dags.digest });
    expect((await answered(run("deploy", about))).changes).toEqual([]);
    const { Environment } = z
      .object({ Environment: z.record(z.string(), z.unknown()) })
      .parse(await aws.call("mwaa", "get_environment", { Name: "flow" }));
    const folder = `dags/${about.dags.digest.slice(7)}`;
    expect([Environment.DagS3Path, Environment.RequirementsS3Path]).toEqual([
      ...[folder, `${folder}/requirements.txt`],
    ]);
    expect(Environment.RequirementsS3ObjectVersion).toBeTruthy();
  });

  test("gets no DAGs but the release's, and what is in its bucket needs no checkout", async () => {
    const about = release(two, "b", { mwaa, dags: dags("two") });
    dags("three");
    const { result } = await run("ready", about);
    expect(result).toMatchObject({
      problems: [
        `DAGs in services/airflow/dags are not the release's here: check out its commit ${"c".repeat(40)}`,
      ],
    });
    const found = dags("two");
    expect((await answered(run("deploy", about))).airflow?.dags).toEqual({ menu: found.digest });
    rmSync(here, { recursive: true, force: true });
    const back = await answered(run("rollback", { to: one, mwaa }));
    expect(back.airflow?.dags).not.toEqual({ menu: found.digest });
    expect((await answered(run("deploy", about))).airflow?.dags).toEqual({ menu: found.digest });
  });

  test("that is updating already is refused, for all but its own update", async () => {
    await answered(run("rollback", { to: one, mwaa }));
    await aws.plant({ kind: "never-ends", service: "mwaa" });
    const about = release(two, "b", { mwaa: { ...mwaa, updateTimeout: 2 }, dags: dags("two") });
    expect(await refused(run("deploy", about))).toMatchInlineSnapshot(`
      "MWAA environment flow is still UPDATING after 2 s: MWAA goes on by itself, and takes no other update until it has ended
      done until then: airflow:UpdateEnvironment flow"
    `);
    const other = release(digest("3"), "a", { mwaa, dags: dags("three") });
    expect(await refused(run("deploy", other))).toMatchInlineSnapshot(
      `"MWAA environment flow is UPDATING already since TIME: it takes one update at a time: run this again when it is AVAILABLE"`,
    );
    await aws.plant();
    const found = dags("two");
    const gone = await answered(run("deploy", release(two, "b", { mwaa, dags: found })));
    expect(gone.airflow?.dags).toEqual({ menu: found.digest });
  });

  test("that does not take an update, or cannot parse a DAG, has the DAGs before", async () => {
    const before = (await answered(run("current", { mwaa }))).airflow;
    await aws.plant({ kind: "update-fails", service: "mwaa", times: 1 });
    const third = release(digest("3"), "a", { mwaa, dags: dags("three"), slot: "green" });
    expect(await refused(run("deploy", third))).toMatchInlineSnapshot(`
      "MWAA environment flow did not take the DAGs of dags/DIGEST, and went back: INCORRECT_CONFIGURATION: requirements.txt
      done until then: s3:PutObject dags/DIGEST/menu.py, s3:PutObject dags/DIGEST/requirements.txt, s3:PutObject dags/DIGEST/sql/menu.sql, s3:PutObject dags/DIGEST/kitchen_release.py, airflow:UpdateEnvironment flow"
    `);
    const broken = release(digest("3"), "a", { mwaa, dags: dags("three", "nonsense(\n") });
    expect(await refused(run("deploy", broken))).toContain(
      "Airflow cannot parse DAGs of this release: menu.py:\nSyntaxError: '(' was never closed (menu.py, line 5)",
    );
    expect((await answered(run("current", { mwaa }))).airflow).toEqual(before);
  });
});

test("the example policies allow each call that was made, and nothing that no call needs", async () => {
  const none = { missing: [], unused: [] };
  const actions = (calls: readonly Call[]) => calls.map(({ action }) => action);
  const runner = actionsOfPolicy("docs/policies/app-runner.json");
  expect(compared(runner, actions(withoutAirflow))).toEqual(none);
  const all = actions(await aws.calls());
  expect(compared([...runner, ...actionsOfPolicy("docs/policies/mwaa.json")], all)).toEqual(none);
  // What is compared for kinds whose calls are not all made here is the script's source.
  const source = [...actionsInSource("app_runner", "mwaa.py"), "sts:AssumeRoleWithWebIdentity"];
  expect(all.filter((action) => !source.includes(action))).toEqual([]);
});

test("the models allowed every request that was sent", async () => {
  expect(await aws.violations()).toEqual([]);
});
