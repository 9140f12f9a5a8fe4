import type { Directory, File } from "@dagger.io/dagger";
import type { Project } from "../../checks/tool.ts";
import type { RegistryAccess } from "../../images/registry-address.ts";
import { readManifest } from "../manifest.ts";
import { fetchRelease } from "../store.ts";
import { askedOf, type Question } from "./asked.ts";
import { commitsBetween } from "./commits-between.ts";
import { ApprovalRequest } from "./request.ts";
import { type Current, requestText } from "./request-text.ts";

/** What helps an approver to decide. */
export interface Background {
  readonly git: Directory;
  /** digest of the release that runs there now */
  readonly current: string | undefined;
  readonly planSummary: File | undefined;
}

/** Puts together what an approver has to know. */
export async function requestApproval(
  project: Project,
  question: Question,
  access: RegistryAccess,
  { git, current, planSummary }: Background,
): Promise<ApprovalRequest> {
  const asked = await askedOf(project, question, access, new Date());
  const [running, plan] = await Promise.all([
    current === undefined ? undefined : describe(current),
    planSummary?.contents(),
  ]);
  return new ApprovalRequest(requestText(asked, running, plan), JSON.stringify(asked));

  async function describe(release: string): Promise<Current> {
    const manifest = readManifest(await fetchRelease(release, question.registry, access));
    const commits = await commitsBetween(git, manifest.commit, asked.manifest.commit);
    return { release, manifest, commits };
  }
}
