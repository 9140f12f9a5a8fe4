import type { Directory } from "@dagger.io/dagger";
import * as z from "zod";
import { type ReportData, verdictOf } from "../report/finding.ts";
import { digestOf, type Manifest } from "./manifest.ts";

type Evidence = Manifest["evidence"][number];

const reportSchema = z.looseObject({
  verdict: z.string(),
  stage: z.string().min(1),
  accepted: z.array(z.string()),
  runs: z.array(
    z.looseObject({
      tool: z.string(),
      target: z.string(),
      outcome: z.enum(["clean", "findings", "error", "inconclusive", "not-run", "skipped"]),
      findings: z.array(
        z.looseObject({ fingerprint: z.string(), path: z.string(), line: z.number() }),
      ),
      tables: z
        .array(
          z.object({
            title: z.string(),
            columns: z.array(z.string()),
            rows: z.array(z.array(z.string())),
          }),
        )
        .optional(),
    }),
  ),
});

/** A file that is given as evidence is no report of Kitchen. */
export class EvidenceError extends Error {}

/**
 * What the reports in a folder prove: every `*.json` below it is one.
 *
 * @throws EvidenceError that names each file that is no report, and why
 */
export async function readEvidence(folder: Directory): Promise<Evidence[]> {
  const paths = (await folder.glob("**/*.json")).sort();
  const read = await Promise.all(
    paths.map(async (path) => ({
      path,
      found: evidenceOf(path, await folder.file(path).contents()),
    })),
  );
  const evidence: Evidence[] = [];
  const problems: string[] = [];
  const stages = new Map<string, string>();
  for (const { path, found } of read) {
    if (typeof found === "string") {
      problems.push(found);
      continue;
    }
    const first = stages.get(found.stage);
    if (first) problems.push(`${path}: ${first} is a report of stage ${found.stage} too: give one`);
    stages.set(found.stage, path);
    evidence.push(found);
  }
  if (problems.length > 0) throw new EvidenceError(problems.join("\n"));
  return evidence;
}

/** What one report proves; a text says why it is none. */
export function evidenceOf(path: string, text: string): Evidence | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `${path}: no JSON: ${(error as Error).message}`;
  }
  const parsed = reportSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join(".") || "it";
    return `${path}: no report of Kitchen (\`call reports STAGE json\` makes one): ${place}: ${issue?.message}`;
  }
  const { stage, verdict, runs } = parsed.data;
  const found = verdictOf(value as ReportData);
  if (found !== verdict) {
    return `${path}: says ${verdict}, and what is in it says ${found}: it was edited`;
  }
  const tables = runs.flatMap((run) => run.tables ?? []);
  return {
    stage,
    verdict: found,
    digest: digestOf(text),
    notRun: runs
      .filter(({ outcome }) => outcome === "not-run" || outcome === "skipped")
      .map(({ tool, target }) => `${tool} ${target}`),
    ...(tables.length > 0 ? { tables } : {}),
  };
}
