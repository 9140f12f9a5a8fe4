import canonicalize from "canonicalize";
import * as z from "zod";
import { digestSchema } from "../manifest.ts";

const moment = z.iso.datetime({ error: "a moment in UTC: 2026-11-01T12:00:00Z" });

/** What an approver signs. */
export const statementSchema = z
  .strictObject({
    format: z.literal("kitchen/approval/v1"),
    release: digestSchema.describe("The release that may go there"),
    environment: z.string().min(1).describe("Where it may go"),
    plan: digestSchema.describe("The Terraform plan that may be applied for it"),
    approver: z
      .string()
      .regex(/^[^\s,*?!]+$/, "one name of the allowed signers, without blanks, commas and patterns")
      .describe("Who approves: a name that the allowed signers give the key"),
    issued: moment,
    expires: moment,
    waives: z
      .array(z.string().min(1))
      .describe("What the release may lack: names of stages, stand-in:IMAGE"),
  })
  .describe("An approval of Kitchen: what may go where, and until when");

export type Statement = z.infer<typeof statementSchema>;

/** The bytes that are signed: canonical JSON (RFC 8785). */
export function statementText(statement: Statement): string {
  const sorted = { ...statement, waives: [...new Set(statement.waives)].sort() };
  return canonicalize(statementSchema.parse(sorted)) as string;
}

/** Reads a statement; a text says why it is none. */
export function readStatement(text: string): Statement | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `is no JSON: ${(error as Error).message}`;
  }
  const parsed = statementSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return `is no approval: ${issues.join("; ")}`;
}
