import { readFileSync } from "node:fs";
import { request } from "node:http";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { digestOf, readManifest } from "../../.dagger/src/release/manifest.ts";
import { readHistory } from "../../.dagger/src/release/promotion/history.ts";
import { type Kept, keptSchema } from "../../.dagger/src/release/rollout/run.ts";
import { startPrometheus } from "../../.dagger/tests/prometheus-server.ts";
import { type Approver, newApprover } from "./approver.ts";
import { asked, refused, servedBy, weightsOf } from "./environment-contract.ts";
import { type Host, startHost } from "./environment-host.ts";
import { describeStaging } from "./staging-cases.ts";
import { startTraffic, type Traffic } from "./traffic.ts";

// A whole rollout is in one test: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 2_400_000 });

let host: Host;
let cleo: Approver;
let traffic: Traffic | undefined;

beforeAll(async () => {
  host = await startHost();
  process.env.PLAN_KEY = "k".repeat(32);
  cleo = newApprover(host.repository, host.files);
});
afterAll(async () => {
  await traffic?.stop();
  host?.stop();
});

describeStaging(() => host);

const routes = "services/api/src/kitchen_api/routes";
const menu = "    return [DishOut";

/** What is wrong with a release: a file, a place in it, and what stands there instead. */
const faults = {
  errors: [
    `${routes}/orders.py`,
    menu,
    `    read_menu.asked = getattr(read_menu, "asked", 0) + 1
    if read_menu.asked % 20 == 0:
        raise RuntimeError("planted")
${menu}`,
  ],
  slow: [`${routes}/orders.py`, menu, `    __import__("time").sleep(3)\n${menu}`],
  liar: [
    `${routes}/operations.py`,
    "return version(here.settings)",
    `return version(here.settings).model_copy(update={"image_digest": "sha256:${"9".repeat(64)}"})`,
  ],
  dag: ["services/airflow/dags/demand_watch.py", "\nfrom ", "\nnonsense\nfrom "],
} as const;

/** A release of what is in the repository now, with a fault in it: its file. */
function faulty(name: keyof typeof faults): Promise<string> {
  const [path, place, fault] = faults[name];
  const change = (text: string) => text.replace(place, fault);
  return host.repository.spoiled(path, change, () => host.release(name));
}

const idOf = (path: string) => digestOf(readFileSync(path, "utf8"));

function promotion(path: string, approvals: string, ...args: readonly string[]): string[] {
  const { address } = host.registry;
  return [
    ...["promote", "--release", idOf(path), "--registry", `${address}/team`],
    ...["--registry-service", `tcp://${address}`, "--approvals", approvals, "--actor", "ada"],
    ...args,
  ];
}

function resume(...args: readonly string[]): string[] {
  const { address } = host.registry;
  return [
    ...["resume", "--registry", `${address}/team`, "--registry-service", `tcp://${address}`],
    ...["--take-over", "--actor", "bob", ...args, "summary"],
  ];
}

const containers = z.array(z.object({ Labels: z.record(z.string(), z.string()) }));

/** What production remembers of its rollout, read from the host by itself. */
async function remembered(): Promise<Kept | undefined> {
  const filters = JSON.stringify({ label: ["kitchen.rollout"] });
  const path = `/containers/json?all=true&filters=${encodeURIComponent(filters)}`;
  const text = await new Promise<string>((resolve, reject) => {
    request({ socketPath: host.podman.socket, path }, (answer) => {
      let body = "";
      answer.on("data", (chunk) => {
        body += chunk;
      });
      answer.on("end", () => resolve(body));
    })
      .on("error", reject)
      .end();
  });
  const kept = containers
    .parse(JSON.parse(text))
    .map(({ Labels }) => keptSchema.parse(JSON.parse(Labels["kitchen.rollout"] ?? "")));
  return kept.sort((one, other) => other.rollout.revision - one.rollout.revision)[0];
}

type Rollout = Kept["rollout"];

/** Waits until the rollout of a release is as it should be. */
async function until(release: string, is: (rollout: Rollout) => boolean): Promise<void> {
  for (const end = Date.now() + 900_000; Date.now() < end; ) {
    const kept = await remembered();
    if (kept?.rollout.release === release && is(kept.rollout)) return;
    await sleep(20);
  }
  throw new Error("the rollout never came so far");
}

/** Runs a call, and kills it, as by `kill -9`, as soon as the rollout is so far. */
async function killed(
  args: readonly string[],
  release: string,
  is: (rollout: Rollout) => boolean,
): Promise<void> {
  const killing = new AbortController();
  const call = host.repository.callUntil(killing.signal, ...host.production.flags, ...args);
  const over = call.then(({ stderr }) => {
    if (!killing.signal.aborted) throw new Error(`it ended by itself: ${stderr}`);
  });
  over.catch(() => undefined);
  await Promise.race([until(release, is), over]);
  killing.abort();
  expect((await call).exitCode).toBeNull();
}

/** What the new version did in all looks, as the edge counted it. */
function counted({ log }: Rollout) {
  const looks = log.flatMap(({ look }) => (look ? [look.now] : []));
  const sum = (of: "requests" | "errors") => looks.reduce((all, each) => all + each[of], 0);
  return { requests: sum("requests"), errors: sum("errors") };
}

/** Requests of people that a slot ever got, and its weight, as HAProxy says. */
function edge(slot: "blue" | "green") {
  const script = 'exec 3<>/dev/tcp/127.0.0.1/9999; echo "show stat -1 6 -1" >&3; cat <&3';
  const shown = host.podman.run("exec", "kitchen-production-edge", "bash", "-c", script);
  const [head = "", ...rows] = shown.replace(/^# /u, "").split("\n");
  const row = rows
    .map((each) => each.split(","))
    .find((each) => each[0] === "service" && each[1] === slot);
  const value = (column: string) => Number(row?.[head.split(",").indexOf(column)]);
  return { requests: value("req_tot"), weight: value("weight") };
}

type State = Awaited<ReturnType<typeof asked>>;
const serving = ({ slots, stable }: State) => slots[stable as "blue" | "green"];

/** As it was before: what serves, its weight, the DAGs. */
async function expectBack(before: State): Promise<void> {
  await expect
    .poll(() => asked(host.production, "current"), { timeout: 200_000, interval: 3000 })
    .toMatchObject({ stable: before.stable, airflow: before.airflow });
  const now = await asked(host.production, "current");
  expect([weightsOf(now), serving(now)]).toEqual([weightsOf(before), serving(before)]);
  expect(await servedBy(host.production)).toBe(serving(before).release);
}

/** A promotion that has to fail, and what production was before, does and says. */
async function failing(path: string, plan?: string, ...args: readonly string[]) {
  const { production } = host;
  const before = await asked(production, "current");
  const slot = before.stable === "blue" ? "green" : "blue";
  const [{ requests }, approvals, people] = [
    edge(slot),
    cleo.approve(path, plan),
    traffic as Traffic,
  ];
  people.news();
  const sent = people.sent;
  const said = await refused(production, ...promotion(path, approvals, ...args), "summary");
  expect(said).toContain("The release went back. The timeline: rollout-status report html");
  const { rollout } = (await remembered()) as Kept;
  expect([rollout.release, rollout.phase]).toEqual([idOf(path), "reverted"]);
  await expectBack(before);
  return {
    ...{ approvals, said, rollout, failed: people.news(), sent: people.sent - sent },
    /** requests that the new version answered */
    met: edge(slot).requests - requests,
  };
}

/** The service's containers, found by the host's own API. */
const scraping = (socket: string) => ({
  job_name: "service",
  docker_sd_configs: [
    {
      host: `unix://${socket}`,
      port: 8000,
      refresh_interval: "1s",
      filters: [{ name: "label", values: ["kitchen.role=service"] }],
    },
  ],
  relabel_configs: [
    {
      source_labels: ["__meta_docker_container_label_kitchen_release"],
      target_label: "release",
    },
  ],
});

const metrics = (url: string) => {
  const of = (more = "") => `{release="$release",route=~"/menu|/orders"${more}}[$window]`;
  const count = "http_request_duration_seconds_count";
  return `  metrics:
    prometheus:
      url: ${url}
      requests: 'sum(increase(${count}${of()}))'
      errors: 'sum(increase(${count}${of(',status=~"5.."')})) or vector(0)'
      latency: 'sum by (le) (increase(http_request_duration_seconds_bucket${of()}))'
`;
};

/** The host's API as it is, on another socket, with a clock that is an hour late. */
async function anHourLater(socket: string, path: string) {
  const later = (hour: string) =>
    new Date(Date.parse(`${hour}:00:00Z`) + 3_600_000).toISOString().slice(0, 13);
  const server = createServer({ allowHalfOpen: true }, (from) => {
    const to = connect({ path: socket, allowHalfOpen: true });
    from.pipe(to);
    to.on("data", (bytes: Buffer) => {
      const text = bytes.toString("latin1");
      const shifted = text.replace(/(?<="SystemTime":")[\d-]+T\d\d/u, (hour) => later(hour));
      from.write(Buffer.from(shifted, "latin1"));
    });
    to.on("end", () => from.end());
    for (const each of [from, to]) each.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return { path, stop: () => server.close() };
}

/** What people read, without what differs from run to run. */
function readable(text: string): string {
  return text
    .slice(text.search(/^Error: /mu))
    .trim()
    .replace(/sha256:[0-9a-f]{64}/gu, "DIGEST")
    .replace(/(?:1 h|5\d min)(?: \d+ \w+)? apart/u, "an hour apart");
}

const terraform = / {2}production:\n( +path: .*\n +state: .*\n)/u;
const withPlan = (path: string) => ["--plan", path, "--plan-key", "env:PLAN_KEY"];

/** Plans production's Terraform: the sealed plan, and its digest. */
async function planned(name: string): Promise<{ file: string; digest: string }> {
  const path = join(host.files, name);
  const ran = await host.repository.call(
    ...["terraform-plan", "--environment", "production", "--key", "env:PLAN_KEY"],
    ...["all", "export", "--path", path],
  );
  expect(ran.exitCode, ran.stderr).toBe(0);
  const digest = readFileSync(join(path, "digest"), "utf8").trim();
  return { file: join(path, "production.plan"), digest };
}

describe("a release on its way to production", () => {
  let first: string;
  let good: string;
  let applied: Awaited<ReturnType<typeof planned>>;

  test("production runs the very digests that staging proved", async () => {
    const { files, staging, production, podman } = host;
    first = join(files, "passed", "release.json");
    applied = await planned("applied");
    const approvals = cleo.approve(first, applied.digest);
    const ran = await production.call(
      ...promotion(first, approvals, ...withPlan(applied.file)),
      "summary",
    );
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stdout).toContain("is the first release in production, and has all traffic");

    const digests = Object.fromEntries(
      readManifest(readFileSync(first, "utf8")).images.map(({ name, digest }) => [name, digest]),
    );
    const [there, here] = [await asked(staging, "current"), await asked(production, "current")];
    expect(serving(there).served?.digest).toBe(digests.api);
    expect(serving(here).served).toEqual({ release: idOf(first), digest: digests.api });
    expect(await servedBy(production)).toBe(idOf(first));
    expect(here.airflow?.dags).toEqual(there.airflow?.dags);
    expect(new Set(Object.values(here.airflow?.dags ?? {}))).toEqual(new Set([digests.airflow]));
    for (const part of ["service-blue", "airflow-api", "airflow-scheduler", "airflow-dags"]) {
      const [one, other] = ["staging", "production"].map((name) =>
        podman.run("inspect", `kitchen-${name}-${part}`, "--format", "{{.ImageName}} {{.Image}}"),
      );
      expect(one).toContain(part === "service-blue" ? digests.api : digests.airflow);
      expect(other).toBe(one);
    }
    // It has done its part, and would take time from the rest.
    const names = podman.run("ps", "--all", "--format", "{{.Names}}").split("\n");
    const done = names.filter((name) => name.startsWith("kitchen-staging-"));
    podman.run("rm", "--force", "--time", "0", ...done);
    // Images that staging alone ran have to be pulled for production.
    podman.run("image", "prune", "--all", "--force");
  });

  test("all that is wrong is said at once, and nothing is touched", async () => {
    const { production } = host;
    good = await host.release("good");
    const before = await asked(production, "current");
    // "cleo" is "clep" in one byte.
    const edited = cleo.approve(good, applied.digest, (text) => text.replace("cleo@", "clep@"));
    const args = promotion(good, edited, ...withPlan(applied.file), "--tag", "v1");
    const late = await anHourLater(host.podman.socket, join(host.files, "late.sock"));
    const ran = await host.environment("production", late.path, ...args, "summary");
    late.stop();
    const said = readable(ran.stderr).split("\n");
    expect(
      said.filter((line) => !line.endsWith("and that is not waived")).sort(),
    ).toMatchInlineSnapshot(`
      [
        "  cleo.json: its signature is not one of these bytes as an approval: it was edited, or signed for something else (ssh-keygen: Signature verification failed: incorrect signature)",
        "  production needs a good approval, and has none",
        "  release DIGEST may not go to production with plan DIGEST:",
        "  terraformApply production: nothing was changed: the plan is stale: it was made at serial 0 of the state, which is at 1 now: plan again",
        "  the clock here and the one of kitchen-production are an hour apart: with a wrong one nobody can say what has expired",
        "  there is no tag v1",
        "Error: release DIGEST is not promoted to production, and nothing was touched:",
      ]
    `);
    const near = idOf(good).replace(/.$/u, (last) => (last === "0" ? "1" : "0"));
    const unknown = args.map((each) => (each === idOf(good) ? near : each));
    expect(await refused(production, ...unknown, "summary")).toContain(
      `there is no release ${near} in ${host.registry.address}/team/releases: did you mean ${idOf(good)}?`,
    );
    expect(await asked(production, "current")).toEqual(before);
  });

  test("a registry that is down when its image is pulled: what served serves", async () => {
    const { registry } = host;
    traffic = startTraffic(host.production.url, 4, 20);
    const next = await planned("next");
    const going = failing(good, next.digest, ...withPlan(next.file));
    await until(idOf(good), ({ phase }) => phase === "applying");
    registry.down();
    const { rollout, met, failed, sent } = await going.finally(() => registry.up());
    expect(rollout.failure).toContain("the host cannot pull this image");
    expect([met, failed]).toEqual([0, []]);
    expect(sent).toBeGreaterThan(100);

    // Nobody can know how far a plan was applied.
    const before = await asked(host.production, "current");
    const approvals = cleo.approve(good, next.digest);
    const begun = promotion(good, approvals, ...withPlan(next.file), "summary");
    await killed(begun, idOf(good), ({ phase }) => phase === "applying");
    expect(await refused(host.production, ...resume())).toContain(
      "whoever applied the plan died, and how far that came is not known",
    );
    await expectBack(before);
    // From here on without: each rollout is shorter.
    host.repository.write(
      "kitchen.yaml",
      host.repository.read("kitchen.yaml").replace(terraform, "  production:\n"),
    );
  });

  test("5 % of errors are caught at the first step, by few who saw them, and its approval is used", async () => {
    const path = await faulty("errors");
    const { rollout, said, approvals, met, failed, sent } = await failing(path);
    expect(rollout.failure).toMatch(/^error rate is \d/u);
    expect([rollout.step, said]).toEqual([0, expect.stringContaining("error rate is")]);
    const { requests, errors } = counted(rollout);
    // Every 20th look at the menu failed, those of its probes counted, and nothing else did.
    expect(failed.length).toBeLessThanOrEqual(Math.ceil((met + 5) / 20));
    expect(failed.length).toBeGreaterThanOrEqual(Math.floor(met / 21) - 1);
    expect(errors).toBeGreaterThan(0);
    expect(failed.length).toBeGreaterThanOrEqual(errors);
    expect(met).toBeGreaterThanOrEqual(requests);
    expect(met).toBeLessThan(sent * 0.25);
    const again = await refused(host.production, ...promotion(path, approvals), "summary");
    expect(again).toContain("it was used already, and is good for one promotion");
    expect((traffic as Traffic).news()).toEqual([]);
  });

  test("a slow one is caught at the first step by what Prometheus scrapes, and nobody sees an error", async () => {
    const { repository, podman } = host;
    const prometheus = await startPrometheus([scraping(podman.socket)]);
    const path = await faulty("slow");
    const { rollout, met, failed } = await repository
      .spoiled(
        "kitchen.yaml",
        (text) => text.replace("rollout:\n", `rollout:\n${metrics(prometheus.url)}`),
        () => failing(path),
      )
      .finally(prometheus.stop);
    expect(rollout.failure).toMatch(/^share slower than /u);
    expect([rollout.step, failed]).toEqual([0, []]);
    expect(met).toBeGreaterThan(0);
  });

  test("one that is another image than it should be has no traffic, ever", async () => {
    const { rollout, met, failed } = await failing(await faulty("liar"));
    expect(rollout.failure).toContain(`it serves image sha256:${"9".repeat(64)} of release`);
    expect([met, failed]).toEqual([0, []]);
  });

  test("one that breaks only its DAG has no traffic, ever, and the DAGs before run", async () => {
    const { rollout, met, failed } = await failing(await faulty("dag"));
    expect(rollout.failure).toContain("Airflow cannot parse DAGs of this release: ");
    expect(rollout.failure).toMatch(/demand_watch\.py", line \d+, in <module>/u);
    expect(rollout.failure).toContain("NameError: name 'nonsense' is not defined");
    expect([met, failed]).toEqual([0, []]);
  });

  test("a good one goes to all traffic with no failed request, though the registry is down by then", async () => {
    const { production, registry } = host;
    const people = traffic as Traffic;
    people.news();
    const going = production.call(...promotion(good, cleo.approve(good)), "summary");
    await until(idOf(good), ({ phase }) => phase === "soaking");
    registry.down();
    // What is done by hand would cross it.
    for (const byHand of [
      ["deploy", "--release", first],
      ["set-weights", "--blue=50", "--green=50"],
    ]) {
      expect(await refused(production, ...byHand, "summary")).toMatch(
        /: the promotion of sha256:\w+ is \w+, moved by ada \(\w+\) since \S+: resume or abort it first$/u,
      );
    }
    const ran = await going.finally(() => registry.up());
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(await servedBy(production)).toBe(idOf(good));
    expect(people.news()).toEqual([]);
    const { rollout } = (await remembered()) as Kept;
    const weights = rollout.log.map(({ weight }) => weight);
    expect([rollout.phase, [...new Set(weights)]]).toEqual(["done", [0, 20, 100]]);
    expect(serving(await asked(production, "current")).served?.release).toBe(idOf(good));
  });

  test("the way back, killed in the middle, is gone on with: no request fails", async () => {
    const { production } = host;
    const back = ["rollback", "--why", "customers complain", "--actor", "ada", "summary"];
    await killed(back, idOf(good), ({ phase }) => phase === "reverting");
    const ran = await production.call(...resume());
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(await servedBy(production)).toBe(idOf(first));
    expect((traffic as Traffic).news()).toEqual([]);
  });

  test("killed at every boundary and resumed, it comes to all traffic: no request fails", async () => {
    const { production } = host;
    const boundaries: (readonly [Rollout["phase"], number, number])[] = [
      ...([
        ["deploying", 0, 0],
        ["probing", 0, 0],
        ["shifting", 0, 0],
      ] as const),
      ...([
        ["soaking", 0, 20],
        ["shifting", 1, 20],
      ] as const),
      ...([
        ["soaking", 1, 100],
        ["watching", 1, 100],
      ] as const),
    ];
    let next = promotion(good, cleo.approve(good), "summary");
    for (const [phase, step, weight] of boundaries) {
      await killed(next, idOf(good), (found) => found.phase === phase && found.step === step);
      const [blue, green] = [edge("blue").weight, edge("green").weight];
      expect([phase, step, blue + green, green]).toEqual([phase, step, 100, weight]);
      next = resume();
    }
    const ran = await production.call(...next);
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(await servedBy(production)).toBe(idOf(good));
    expect((traffic as Traffic).news()).toEqual([]);
  });

  test("the history has all of it, each line with the digest of the one before", async () => {
    const ran = await host.production.call("history", "json", "contents");
    expect(ran.exitCode, ran.stderr).toBe(0);
    const entries = readHistory(ran.stdout.trim().split("\n"));
    expect(
      entries.map(
        ({ kind, outcome, serves }) =>
          `${kind} ${outcome} ${serves === idOf(good) ? "good" : serves === idOf(first) ? "first" : serves}`,
      ),
    ).toEqual([
      "first done first",
      ...Array.from({ length: 6 }, () => "promotion reverted first"),
      "promotion done good",
      "return reverted first",
      "promotion done good",
    ]);
  });
});
