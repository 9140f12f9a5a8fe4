import { type Directory, dag, type File, type Secret } from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import type { Current, Environment } from "../environments/environment.ts";
import { buildImages } from "../images/build-images.ts";
import { readCommit } from "../images/commit.ts";
import type { PublishedImages } from "../images/published-images.ts";
import type { RegistryAccess } from "../images/registry-address.ts";
import { applyPlan } from "../infra/apply.ts";
import type { Access } from "../infra/environment.ts";
import { EvidenceError, readEvidence } from "../release/evidence.ts";
import { makeRelease } from "../release/make-release.ts";
import type { Release } from "../release/release.ts";
import { Report } from "../report/report.ts";
import {
  type IntegrationTest,
  integrationTest,
  type Tested,
} from "../verify/integration-test/integration-test.ts";
import { type LoadTest, loadTest } from "../verify/load-test/load-test.ts";
import { loadOptions } from "../verify/load-test/options.ts";
import { bringUp } from "./bring-up.ts";
import { containerLogs, putBack } from "./put-back.ts";
import { runStages } from "./stages.ts";
import { Staging } from "./staging.ts";
import { appliedTable, imagesTable, releaseTable, slotsTable } from "./tables.ts";

/** What is to be staged, where, and with what. */
export interface Order {
  /** the environment's name in kitchen.yaml */
  readonly name: string;
  readonly environment: Environment;
  /** where the environment answers */
  readonly tested: Tested;
  /** `registry.example.com/team` */
  readonly registry: string;
  readonly access: RegistryAccess;
  readonly signingKey: Secret | undefined;
  readonly terraform: Access;
  /** the repository's .git folder */
  readonly git: Directory;
  /** reports of what was tested before */
  readonly evidence: Directory;
  /** load-test.json of an earlier run, to compare with */
  readonly accepted: File | undefined;
  /** the same id reads the same tests of the same release */
  readonly runId: string;
  /** of the source, where the caller said so */
  readonly commit: string | undefined;
}

const stageNames = [
  "publish",
  "terraformApply",
  "deploy",
  "integrationTest",
  "loadTest",
  "release",
];

/**
 * Brings what the source is into an environment, and tests it there. What does not pass is taken back:
 * what served before serves again.
 *
 * @throws Error when it cannot be begun as it was asked for; nothing was done then
 */
export async function runStaging(project: Project, order: Order): Promise<Staging> {
  const { environment, access, git, name } = order;
  const options = loadOptions({}, project.config);
  await checkEvidence(order.evidence);
  let { evidence } = order;
  let files = dag.directory();
  let published: PublishedImages | undefined;
  let release: Release | undefined;
  let before: Current | undefined;

  const { runs, passed } = await runStages(stageNames, name, seconds, async (stages) => {
    const images = await stages.act("publish", async () => {
      published = await publish(project, order);
      return { made: published.json(), table: await imagesTable(published) };
    });
    if (project.config.environments.some((each) => each.name === name)) {
      await stages.act("terraformApply", async () => {
        const made = await applyPlan(project, name, order.terraform, {});
        return { made, table: await appliedTable(made) };
      });
    } else {
      stages.skip("terraformApply", `kitchen.yaml: ${name} has no Terraform`);
    }
    const candidate = await stages.act("deploy", async () => {
      before = await environment.current();
      const made = await makeRelease(project, { published: images, git, evidence }, access);
      return { made, table: slotsTable("deployed to", await bringUp(environment, made)) };
    });
    const runId = `${order.runId} ${candidate.digest()}`;
    const test = (stage: string, run: () => Promise<IntegrationTest | LoadTest>) =>
      stages.test(stage, async () => {
        const tested = await run();
        const report = new Report(JSON.stringify(tested.report));
        evidence = evidence.withFile(`${stage}.json`, report.json());
        files = files.withDirectory(stage, tested.files);
        return tested.report;
      });
    await test("integrationTest", () => integrationTest(project, order.tested, runId));
    await test("loadTest", () =>
      loadTest(project, order.tested.service, options, runId, order.accepted));
    release = await stages.act("release", async () => {
      const made = await makeRelease(project, { published: images, git, evidence }, access);
      return { made, table: releaseTable(made) };
    });
  });

  if (!passed && before) {
    files = files.withDirectory("logs", await containerLogs(environment));
    runs.push(...(await putBack(environment, before, name)));
  }
  return new Staging(
    JSON.stringify({ stage: "staging", commit: order.commit, runs, accepted: [] }),
    passed,
    files,
    evidence,
    [...project.config.release.evidence],
    published?.json(),
    await release?.json().contents(),
  );
}

async function publish(
  project: Project,
  { git, registry, access, signingKey }: Order,
): Promise<PublishedImages> {
  const images = await buildImages(project, await readCommit(git));
  const { username, password, service } = access;
  return images.publish(registry, username, password, [], service, signingKey);
}

/** What staging finds out by itself nobody else can say. */
async function checkEvidence(folder: Directory): Promise<void> {
  const own = (await readEvidence(folder)).find(({ stage }) => stageNames.includes(stage));
  if (!own) return;
  throw new EvidenceError(
    `evidence: there is a report of ${own.stage}, which staging makes itself: leave it out`,
  );
}

function seconds(): number {
  return performance.now() / 1000;
}
