import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { openPage } from "./browser.ts";
import { asked, servedBy, weightsOf } from "./environment-contract.ts";
import type { Host } from "./environment-host.ts";
import { addMigration } from "./product.ts";

const report = z.object({
  stage: z.string(),
  verdict: z.string(),
  runs: z.array(
    z.looseObject({ tool: z.string(), outcome: z.string(), reason: z.string().optional() }),
  ),
});

function read(...path: readonly string[]) {
  return report.parse(JSON.parse(readFileSync(join(...path), "utf8")));
}

const stagesOf = ({ runs }: z.infer<typeof report>) =>
  runs.map(({ tool, outcome }) => `${tool} ${outcome}`);

/** A whole delivery to an empty environment; the release is in `FILES/passed`, as it is exported. */
export function describeStaging(host: () => Host): void {
  describe("staging", () => {
    test("all stages for real: the gate and the reader of a run share its tests, and what is released is what release takes", async () => {
      const { repository, staging, files, registry, delivery } = host();
      const path = join(files, "passed");
      const args = [...delivery(), "--run-id", `whole-${Date.now()}`];
      const read1 = await repository.call(
        ...["reports", "staging", ...args, "all", "export", "--path", path],
      );
      expect(read1.exitCode, read1.stderr).toBe(0);
      const found = read(path, "report.json");
      expect(stagesOf(found), JSON.stringify(found, null, 2)).toEqual(
        ["publish", "terraformApply", "deploy", "integrationTest", "loadTest", "release"].map(
          (stage) => `${stage} clean`,
        ),
      );
      expect(read(path, "evidence", "integrationTest.json").verdict).toBe("passed");
      expect(readdirSync(join(path, "files", "loadTest"))).toContain("load-test.json");

      const { dom, complaints } = openPage(join(path, "report.html"));
      expect(complaints).toEqual([]);
      expect(dom.match(/<path class="curve-\d" d="M[\d. ]+L[^"]+"/gu)?.length).toBe(5);
      expect(dom).not.toMatch(/NaN|undefined/u);
      // It would be heard: the page allows no script.
      const spoiled = join(files, "spoiled.html");
      writeFileSync(spoiled, dom.replace("</main>", "<script>1</script></main>"));
      expect(openPage(spoiled).complaints).toHaveLength(1);

      for (const each of readdirSync(path, { recursive: true, withFileTypes: true })) {
        if (!each.isFile()) continue;
        const text = readFileSync(join(each.parentPath, each.name), "utf8");
        expect(text.includes(`${process.env.AIRFLOW_PASSWORD}`), each.name).toBe(false);
      }

      const gate = await repository.call("staging", ...args, "release", "digest");
      expect(gate.exitCode, gate.stderr).toBe(0);
      expect(gate.executed.filter((name) => /run\.py/u.test(name))).toEqual([]);
      const again = await repository.call(
        ...["release", "--published", join(path, "published.json")],
        ...[
          "--evidence",
          join(path, "evidence"),
          "--registry-service",
          `tcp://${registry.address}`,
        ],
        "digest",
      );
      expect([again.exitCode, again.stdout]).toEqual([0, gate.stdout]);

      const now = await asked(staging, "current");
      expect(weightsOf(now)).toEqual([100, 0]);
      expect(await servedBy(staging)).toBe(now.slots.blue.release);
    });

    test("a stage that does not pass ends it: the rest is not run, what served serves, what was found is kept", async () => {
      const { repository, staging, files, delivery } = host();
      const before = await asked(staging, "current");
      addMigration(repository);
      const path = join(files, "failed");
      const ran = await repository.spoiled(
        "kitchen.yaml",
        (text) => text.replace("timeout: 10m", "timeout: 8s").replace("demand_model", "nowhere"),
        () => repository.call("reports", "staging", ...delivery(), "all", "export", "--path", path),
      );
      expect(ran.exitCode, ran.stderr).toBe(0);
      const found = read(path, "report.json");
      expect(stagesOf(found)).toEqual([
        ...["publish clean", "terraformApply clean", "deploy clean", "integrationTest error"],
        ...["loadTest not-run", "release not-run", "rollback clean"],
      ]);
      expect(found.runs[3]?.reason).toContain(
        "airflow on nowhere: gave up after 8 s, waiting for Airflow to read the DAG nowhere",
      );
      expect(found.runs[4]?.reason).toBe("integrationTest did not pass");
      expect(readdirSync(join(path, "evidence"))).toEqual(["integrationTest.json"]);
      expect(readdirSync(join(path, "files", "logs")).sort()).toEqual(
        ["airflow-api", "airflow-dags", "airflow-scheduler", "database", "edge"]
          .concat("service-blue", "service-green")
          .map((name) => `kitchen-staging-${name}.log`),
      );
      expect(readdirSync(path)).not.toContain("release.json");
      const now = await asked(staging, "current");
      expect(weightsOf(now)).toEqual(weightsOf(before));
      expect(now.airflow).toEqual(before.airflow);
      expect(await servedBy(staging)).toBe(before.slots.blue.release);
    });

    test("what cannot be delivered is refused before anything is done", async () => {
      const { repository, files, delivery } = host();
      const words = async (...args: readonly string[]) => {
        const ran = await repository.call("staging", ...args, "summary");
        expect(ran.exitCode, ran.stdout).toBe(1);
        expect(ran.executed.filter((name) => /publish|terraform/u.test(name))).toEqual([]);
        return ran.stderr.slice(ran.stderr.lastIndexOf("Error: ")).trim();
      };
      const without = (flag: string) => {
        const all = delivery();
        const at = all.indexOf(flag);
        return [...all.slice(0, at), ...all.slice(at + 2)];
      };
      expect(await words(...without("--service"))).toBe(
        "Error: where does the environment answer? give --target https://staging.example.com, or a port of this machine as --service tcp://localhost:8080",
      );
      expect(await words(...without("--airflow-service"))).toBe(
        "Error: kitchen.yaml: stages.integrationTest.dag is demand_model, which runs in the environment's Airflow: give --airflow https://airflow.example.com, or --airflow-service tcp://localhost:8090",
      );
      expect(await words(...without("--airflow-password"))).toBe(
        "Error: Airflow's user kitchen has a password that nobody knows: give one with --airflow-password",
      );
      expect(await words(...delivery(), "--environment", "stagin")).toBe(
        "Error: kitchen.yaml: no environment stagin to deploy to: did you mean staging?",
      );
      const evidence = join(files, "own-evidence");
      mkdirSync(evidence);
      const own = { verdict: "passed", stage: "loadTest", runs: [], accepted: [] };
      writeFileSync(join(evidence, "load.json"), JSON.stringify(own));
      expect(await words(...delivery(), "--evidence", evidence)).toBe(
        "Error: evidence: there is a report of loadTest, which staging makes itself: leave it out",
      );
    });
  });
}
