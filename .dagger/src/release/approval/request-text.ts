import { differencesOf } from "../differences.ts";
import type { Manifest } from "../manifest.ts";
import { releaseText } from "../release-text.ts";
import type { Commits } from "./commits-between.ts";
import { span } from "./moment.ts";
import type { Asked } from "./verify.ts";

/** What runs in the environment now. */
export interface Current {
  readonly release: string;
  readonly manifest: Manifest;
  readonly commits: Commits;
}

/** What an approver reads before saying yes. */
export function requestText(
  asked: Asked,
  current: Current | undefined,
  planSummary: string | undefined,
): string {
  const { release, environment, plan, manifest, evidence, rule } = asked;
  const roles = rule.roles.length > 0 ? ` with the role ${rule.roles.join(" or ")}` : "";
  const authors = rule.authorAlone ? "" : ", not by its authors alone";
  const given = `--release ${release} --environment ${environment} --plan ${plan} --registry REGISTRY`;
  return [
    `May this release go to ${environment}, and this plan be applied for it?`,
    "",
    releaseText(release, manifest, evidence).trimEnd(),
    `plan       ${plan}`,
    ...(planSummary ? planSummary.trimEnd().split("\n").map(indented) : []),
    "",
    ...(current ? changes(current, manifest) : ["What runs there now was not given."]),
    "",
    `It takes ${rule.approvers} approval${rule.approvers === 1 ? "" : "s by different people"}${roles}${authors}, good for ${span(rule.longest)} at most:`,
    `  approve ${given} --approver YOU --expires 24h --key file://KEY`,
    "or by hand:",
    `  approval-request ${given} statement --approver YOU --expires 24h export --path approval.json`,
    "  ssh-keygen -Y sign -n kitchen-approval -f KEY approval.json",
    "",
  ].join("\n");
}

function changes({ release, manifest: before, commits }: Current, after: Manifest): string[] {
  const { added, removed, problem } = commits;
  const list = (title: string, lines: readonly string[]) =>
    lines.length > 0 ? [indented(title), ...lines.map((line) => indented(indented(line)))] : [];
  return [
    `Against release ${release}, which runs there now:`,
    ...differencesOf(before, after).map(indented),
    ...(problem ? [indented(`commits between: ${problem}`)] : []),
    ...list("commits that come:", added),
    ...list("commits that go:", removed),
  ];
}

function indented(line: string): string {
  return line === "" ? "" : `  ${line}`;
}
