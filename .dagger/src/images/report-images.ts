import type { Project } from "../checks/tool.ts";
import type { ToolRun } from "../report/finding.ts";
import { buildImage } from "./build-image.ts";
import type { Commit } from "./commit.ts";
import { type ImageSource, imageSources } from "./image-source.ts";
import { bytes, overBudget } from "./size-budget.ts";
import { why } from "./why.ts";

/** How the build of each image went. */
export async function reportImages(project: Project, commit: Commit): Promise<ToolRun[]> {
  const sources = await imageSources(project);
  return Promise.all(sources.map((source) => reportImage(source, commit)));
}

async function reportImage(source: ImageSource, commit: Commit): Promise<ToolRun> {
  const since = Date.now();
  const run = (fields: Partial<ToolRun> & Pick<ToolRun, "outcome">): ToolRun => ({
    tool: "build",
    version: "",
    target: source.component.name,
    exitCode: null,
    log: "",
    findings: [],
    duration: (Date.now() - since) / 1000,
    ...fields,
  });
  try {
    const image = await buildImage(source, commit);
    const problem = overBudget(source.component, image);
    const log = `${image.about.digest} ${bytes(image.about.size)}`;
    if (!problem) return run({ outcome: "clean", log });
    return run({ outcome: "findings", log, findings: [tooBig(source, problem)] });
  } catch (error) {
    return run({ outcome: "error", reason: why(error) });
  }
}

function tooBig({ dockerfile, component }: ImageSource, message: string) {
  return {
    tool: "build",
    rule: "max-size",
    level: "error",
    message,
    path: dockerfile,
    line: 1,
    column: 1,
    fingerprint: `max-size:${component.name}`,
  } as const;
}
