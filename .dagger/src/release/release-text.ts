import { gapsOf } from "./gaps.ts";
import type { Manifest } from "./manifest.ts";

/**
 * A release for people: a line for each thing in it, and what it lacks.
 *
 * @param required stages whose evidence it must have
 */
export function releaseText(
  digest: string,
  manifest: Manifest,
  required: readonly string[],
): string {
  const { repository, commit, authors, images, support = [], dags, terraform, evidence } = manifest;
  const gaps = gapsOf(manifest, required);
  const lines = [
    `release    ${digest}`,
    `commit     ${commit} by ${authors.join(", ")}`,
    ...(repository === undefined ? [] : [`repository ${repository}`]),
    ...images.map(({ reference }) => `image      ${reference}`),
    ...support.map(({ reference }) => `beside     ${reference}`),
    ...dags.map(({ name, digest: of }) => `DAGs       ${name} ${of}`),
    ...terraform.map(({ path, digest: of }) => `Terraform  ${path} ${of}`),
    ...evidence.flatMap(evidenceLines),
    ...(gaps.length === 0
      ? ["It lacks nothing."]
      : ["It lacks, and an approval has to waive each by its name:"]),
    ...gaps.map(({ name, why }) => `  ${name}: ${why}`),
  ];
  return `${lines.join("\n")}\n`;
}

function evidenceLines({
  stage,
  verdict,
  digest,
  notRun,
  tables = [],
}: Manifest["evidence"][number]) {
  const without = notRun.length > 0 ? `, not run: ${notRun.join(", ")}` : "";
  return [
    `evidence   ${stage} ${verdict} ${digest}${without}`,
    ...tables.flatMap(({ title, columns, rows }) => [
      `           ${title}: ${columns.join(" | ")}`,
      ...rows.map((row) => `             ${row.join(" | ")}`),
    ]),
  ];
}
