import * as z from "zod";
import { messageOf } from "../message-of.ts";
import type { ReportData } from "./finding.ts";

/** A file is no report, or one of another version. */
export class ReportFileError extends Error {}

const finding = z.object({
  tool: z.string(),
  rule: z.string(),
  level: z.enum(["error", "warning", "note"]),
  message: z.string(),
  path: z.string(),
  line: z.int().min(1),
  column: z.int().min(1),
  endLine: z.int().min(1).optional(),
  helpUrl: z.string().optional(),
  fingerprint: z.string(),
});

const testCase = z.object({
  suite: z.string(),
  name: z.string(),
  duration: z.number(),
  outcome: z.enum(["passed", "failed", "error", "skipped"]),
  detail: z.string().optional(),
});

const table = z.object({
  title: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.string())),
});

const chart = z.object({
  title: z.string(),
  unit: z.string(),
  curves: z.array(
    z.object({ name: z.string(), points: z.array(z.tuple([z.number(), z.number()])) }),
  ),
  warmUp: z.number().optional(),
  limit: z.object({ name: z.string(), value: z.number() }).optional(),
});

const schema: z.ZodType<ReportData> = z.object({
  // It becomes a heading and a name on GitHub.
  stage: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,49}$/),
  commit: z.string().optional(),
  scope: z.string().optional(),
  accepted: z.array(z.string()),
  runs: z.array(
    z.object({
      tool: z.string(),
      version: z.string(),
      target: z.string(),
      outcome: z.enum(["clean", "findings", "error", "inconclusive", "not-run", "skipped"]),
      exitCode: z.number().nullable(),
      duration: z.number(),
      reason: z.string().optional(),
      log: z.string(),
      findings: z.array(finding),
      tests: z.array(testCase).optional(),
      coverage: z.number().optional(),
      tables: z.array(table).optional(),
      charts: z.array(chart).optional(),
    }),
  ),
});

/**
 * Reads what `json` of a report wrote.
 *
 * @param name how the file is called in messages
 * @throws ReportFileError
 */
export function readReport(text: string, name: string): ReportData {
  const wrong = (why: string) =>
    new ReportFileError(
      `${name} is no report: ${why}: give the JSON that \`call reports … json\` writes`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(messageOf(error));
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrong(`${issue?.path.join(".") || "the file"}: ${issue?.message}`);
}
