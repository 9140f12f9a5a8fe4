import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { Registry } from "../../engine/src/testing/registry.ts";
import {
  asked,
  describeEnvironment,
  refused,
  type Subject,
  servedBy,
  weightsOf,
} from "./environment-contract.ts";
import { type Host, startHost } from "./environment-host.ts";
import { type Podman, startPodman } from "./podman.ts";
import { addMigration } from "./product.ts";
import type { Repository } from "./repository.ts";
import { startSshServer } from "./ssh-server.ts";
import { startTraffic } from "./traffic.ts";

// A whole delivery is in one test: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 1_200_000 });

let host: Host;
let repository: Repository;
let registry: Registry;
let podman: Podman;
let subject: Subject;
let files: string;

beforeAll(async () => {
  host = await startHost();
  ({ repository, registry, podman, files } = host);
  const first = await host.release("first");
  addMigration(repository);
  subject = { ...host.staging, releases: [first, await host.release("second")] };
});
afterAll(() => host?.stop());

/** The releases that answer, as soon as there are so many of them. */
async function servedInTime(number: number): Promise<string[]> {
  const seen = new Set<string>();
  for (const end = Date.now() + 200_000; seen.size < number && Date.now() < end; ) {
    const release = await servedBy(subject).catch(() => undefined);
    if (release) seen.add(release);
    await sleep(100);
  }
  return [...seen].sort();
}

describeEnvironment("docker", () => subject);

describe("on a host of containers", () => {
  test("Airflow runs the DAGs of the release's image, by its own word", async () => {
    const { airflow } = await asked(subject, "current");
    const inspected = podman.run(
      "inspect",
      "kitchen-staging-airflow-dags",
      "--format",
      "{{.ImageName}}",
    );
    const digest = inspected.replace(/^.*@/u, "");
    expect(airflow?.dags).toEqual({ demand_model: digest, demand_watch: digest });
  });

  test("migrations ran once for each image, and the second release's column is there", () => {
    const query = "SELECT version_num, (SELECT count(note) FROM orders) FROM alembic_version";
    const psql = ["psql", "-U", "postgres", "-d", "service", "-Atc", query];
    expect(podman.run("exec", "kitchen-staging-database", ...psql)).toBe("0002|0");
  });

  test("no secret is shown by inspecting containers, nor in what was written", () => {
    const secrets = z
      .record(z.string(), z.string())
      .parse(JSON.parse(podman.volume("kitchen-staging-state")["secrets.json"] ?? ""));
    const names = podman.run("ps", "--all", "--format", "{{.Names}}").split("\n");
    const shown = podman.run("inspect", ...names) + host.said();
    expect(names.length).toBeGreaterThan(7);
    for (const secret of Object.values(secrets)) {
      expect(secret.length).toBeGreaterThan(30);
      expect(shown).not.toContain(secret);
    }
    for (const name of names) {
      const [image] = podman.run("inspect", name, "--format", "{{.ImageName}}").split("\n");
      expect(image).toMatch(/@sha256:[0-9a-f]{64}$/u);
    }
  });

  test("killed under load, the other slot serves: no request fails after the drain time", async () => {
    await asked(subject, "set-weights", "--blue=50", "--green=50");
    const failures: number[] = [];
    let sent = 0;
    const since = Date.now();
    const end = since + 12_000;
    const user = async () => {
      while ((Date.now() < end || sent < 400) && sent < 5000) {
        const at = Date.now() - since;
        const answer = await fetch(`${subject.url}/orders?limit=1`).catch(() => undefined);
        sent++;
        if (!answer?.ok) failures.push(at);
        await answer?.arrayBuffer();
        await sleep(10);
      }
    };
    const load = Promise.all([user(), user(), user(), user()]);
    await sleep(3000);
    podman.run("kill", "--signal", "KILL", "kitchen-staging-service-green");
    const killed = Date.now() - since;
    await load;
    expect(sent).toBeGreaterThan(300);
    expect(failures.filter((at) => at > killed + 1000)).toEqual([]);
    expect(failures.filter((at) => at < killed - 100)).toEqual([]);
    expect(failures.length).toBeLessThanOrEqual(4);
    // Back, with another address: it serves again.
    podman.run("start", "kitchen-staging-service-green");
    expect(await servedInTime(2)).toHaveLength(2);
  });

  test("the edge started anew shares the traffic as before", async () => {
    podman.run("restart", "--time", "5", "kitchen-staging-edge");
    // It looks its servers' names up before it answers.
    await expect
      .poll(async () => (await subject.call("current", "summary")).exitCode, { timeout: 60_000 })
      .toBe(0);
    const now = await asked(subject, "current");
    expect(weightsOf(now)).toEqual([50, 50]);
    const both = [now.slots.blue.release, now.slots.green.release].sort();
    expect(await servedInTime(both.length)).toEqual(both);
    await asked(subject, "set-weights", "--blue=100", "--green=0");
  });

  test("a release that listens elsewhere comes beside the one that serves: no request fails", async () => {
    const people = startTraffic(subject.url, 4, 10);
    const elsewhere = (text: string) =>
      text
        .replace("      as: service\n", "      as: service\n      port: 9000\n")
        .replace("      env:\n", `      env:\n        KITCHEN_API_PORT: "9000"\n`);
    try {
      const deployed = await repository.spoiled("kitchen.yaml", elsewhere, () =>
        asked(subject, "deploy", "--release", subject.releases[1]),
      );
      expect(deployed.changes.join()).toMatch(/kitchen-staging-edge\/kill/u);
      await asked(subject, "set-weights", "--blue=50", "--green=50");
      expect(await servedInTime(2)).toHaveLength(2);
      await asked(subject, "set-weights", "--blue=100", "--green=0");
    } finally {
      await people.stop();
    }
    expect(people.failed).toEqual([]);
    expect(people.sent).toBeGreaterThan(300);
  });

  test("while the host's name server is silent, what serves goes on, and stays as it is configured", async () => {
    const before = await asked(subject, "current");
    const people = startTraffic(subject.url);
    const answersAgain = podman.silenceNames();
    try {
      // It listens on the usual port again.
      const deploying = refused(subject, "deploy", "--release", subject.releases[1], "summary");
      const [words] = await Promise.all([deploying, sleep(16_000)]);
      expect(words).toContain(
        "kitchen-staging-edge: the host's name server has no address of service-blue now, which HAProxy needs to be configured anew: nothing was changed; run this again",
      );
    } finally {
      answersAgain();
      await people.stop();
    }
    expect(people.failed).toEqual([]);
    expect(people.sent).toBeGreaterThan(300);
    expect(await asked(subject, "current")).toEqual(before);
  });

  test("an image that the registry does not have is named, and nothing is changed", async () => {
    const before = await asked(subject, "current");
    const text = readFileSync(subject.releases[1], "utf8");
    const digest = z
      .object({ images: z.array(z.object({ name: z.string(), digest: z.string() })) })
      .parse(JSON.parse(text))
      .images.find(({ name }) => name === "api")?.digest as string;
    const missing = `sha256:${"0".repeat(64)}`;
    const path = join(files, "missing.json");
    writeFileSync(path, text.replaceAll(digest, missing));
    const words = await refused(subject, "deploy", "--release", path, "summary");
    expect(words).toContain(
      `${registry.address}/team/api@${missing}: the host cannot pull this image`,
    );
    expect(await asked(subject, "current")).toEqual(before);
  });

  test("a container that ends, or is never well, is shown with its last lines; the other slot serves", async () => {
    const before = await asked(subject, "current");
    const broken = (value: string, limit: string) =>
      repository.spoiled(
        "kitchen.yaml",
        (text) =>
          text
            .replace("      env:\n", `      env:\n        KITCHEN_API_PORT: "${value}"\n`)
            .replace("startTimeout: 180s", `startTimeout: ${limit}`),
        () => refused(subject, "deploy", "--release", subject.releases[1], "summary"),
      );
    const ended = await broken("nonsense", "180s");
    expect(ended).toMatch(
      /kitchen-staging-service-green ended (?:with exit code 1|\d times): its last lines:/u,
    );
    expect(ended).toContain("Input should be a valid integer");
    const never = await broken("9000", "30s");
    expect(never).toContain(
      "kitchen-staging-service-green is not well after 30 s: it does not answer on port 8000; its last lines:",
    );
    expect(never).toContain("Uvicorn running on http://0.0.0.0:9000");
    // The slot has again what it had, a release that can be looked at, as soon as that has started.
    await expect
      .poll(() => asked(subject, "current"), { timeout: 200_000, interval: 3000 })
      .toEqual(before);
  });

  test("over SSH the same host is reached, when its key is known and the user's is taken", async () => {
    const ssh = await startSshServer();
    try {
      const known = join(files, "known_hosts");
      const name = `[docker.example]:${ssh.port}`;
      const over = (key: string, user = "root") =>
        repository.call(
          ...["environment", "--name", "staging", "--known-hosts", known],
          ...["--ssh", `ssh://${user}@docker.example:${ssh.port}${podman.socket}`],
          ...["--ssh-service", `tcp://127.0.0.1:${ssh.port}`, "--ssh-key", `file://${key}`],
          ...["current", "summary"],
        );
      writeFileSync(known, "other.example ssh-ed25519 AAAA\n");
      expect((await over(ssh.key)).stderr).toContain(
        `ssh://root@docker.example:${ssh.port}: the host's key is not in known_hosts`,
      );
      writeFileSync(known, `${name} ${ssh.hostKey}\n`);
      expect((await over(ssh.key)).stdout).toContain("blue   100 %");
      expect((await over(ssh.key, "nobody")).stderr).toContain(
        `ssh://nobody@docker.example:${ssh.port}: the user cannot connect to ${podman.socket}`,
      );
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(files, "other")]);
      expect((await over(join(files, "other"))).stderr).toContain(
        "the host does not take this key for user root",
      );
    } finally {
      ssh.stop();
    }
  });

  test("removed, nothing is left but data, and with --data nothing at all", async () => {
    const ran = await subject.call("remove");
    expect(ran.exitCode, ran.stderr).toBe(0);
    expect(ran.stdout).toContain("removed kitchen-staging-edge\n");
    expect(ran.stdout).toContain("kept kitchen-staging-database\n");
    expect(podman.run("ps", "--all", "--quiet")).toBe("");
    expect(podman.run("network", "ls", "--quiet")).toBe("podman");
    const all = await subject.call("remove", "--data");
    expect(all.exitCode, all.stderr).toBe(0);
    expect(podman.run("volume", "ls", "--quiet")).toBe("");
    expect((await subject.call("remove")).stdout).toBe("there was nothing\n");
  });
});

describe("bad input", () => {
  test("a port of the host that is in use", async () => {
    const ran = await host.environment(
      ...(["taken", podman.socket, "deploy", "--release", subject.releases[0], "summary"] as const),
    );
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain(
      "kitchen-taken-edge cannot be started: a port of the host is in use already:",
    );
    expect((await host.environment("taken", podman.socket, "remove", "--data")).exitCode).toBe(0);
    expect(podman.run("ps", "--all", "--quiet")).toBe("");
  });

  test("a socket that is not there, that nobody listens on, and that is no Docker API", async () => {
    const to = async (socket: string) =>
      (await host.environment("staging", socket, "current", "summary")).stderr;
    expect(await to(join(files, "none.sock"))).toContain(`${files}/none.sock`);
    expect(await to(files)).toContain(files);
  });

  test("a host whose disk is full", async () => {
    const disk = mkdtempSync(join(tmpdir(), "podman-disk-"));
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=40m", "tmpfs", disk]);
    const small = await startPodman(registry.address, disk);
    try {
      const ran = await host.environment(
        ...([
          "staging",
          small.socket,
          "deploy",
          "--release",
          subject.releases[0],
          "summary",
        ] as const),
      );
      expect(ran.exitCode).toBe(1);
      expect(ran.stderr).toContain("no space left on device");
    } finally {
      small.stop();
      spawnSync("umount", ["--lazy", disk]);
      rmSync(disk, { recursive: true, force: true });
    }
  });

  test("an environment, a slot and a host that are not given rightly", async () => {
    const words = async (...args: readonly string[]) => {
      const ran = await repository.call("environment", ...args, "current", "summary");
      expect(ran.exitCode).toBe(1);
      return ran.stderr.slice(ran.stderr.lastIndexOf("Error: ")).trim();
    };
    expect(await words("--name", "stagin")).toMatchInlineSnapshot(
      `"Error: kitchen.yaml: no environment stagin to deploy to: did you mean staging?"`,
    );
    expect(await words("--name", "staging")).toMatchInlineSnapshot(
      `"Error: no host: give --socket /var/run/docker.sock, or --ssh ssh://user@host with --ssh-key and --known-hosts"`,
    );
    expect(await words("--name", "staging", "--ssh", "host")).toMatchInlineSnapshot(
      `"Error: host: --ssh-key and --known-hosts belong to it"`,
    );
    expect(await refused(subject, "smoke-test", "--slot", "gren")).toMatchInlineSnapshot(
      `"Error: slot "gren": there are blue and green"`,
    );
  });
});
