import * as z from "zod";
import { messageOf } from "../message-of.ts";

const requestError = z.object({
  status: z.number(),
  message: z.string(),
  response: z
    .object({ headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()) })
    .optional(),
});

/** The HTTP status of a failed request; 0: there was no answer, or it was no request. */
export function statusOf(error: unknown): number {
  const parsed = requestError.safeParse(error);
  return parsed.success && parsed.data.response ? parsed.data.status : 0;
}

/** Why GitHub did not do what it was asked for, in one line, and what to do. */
export function refusal(error: unknown, apiUrl: string): string {
  const parsed = requestError.safeParse(error);
  if (!parsed.success) return messageOf(error);
  const { status, response } = parsed.data;
  const message = parsed.data.message.replace(/ - https:\/\/docs\.github\.com\S*$/, "");
  if (!response) return `${apiUrl} cannot be reached: ${message}`;
  const { headers } = response;
  if (status === 401) return "the token is not taken: it is wrong, expired or revoked";
  if (status === 429 || headers["retry-after"] || headers["x-ratelimit-remaining"] === "0") {
    const reset = Number(headers["x-ratelimit-reset"] ?? 0);
    const until = reset > 0 ? `, until ${new Date(reset * 1000).toISOString()}` : "";
    return `the token's rate limit is used up${until}: ${message}`;
  }
  if (status === 403) return `the token may not do that: ${lacking(headers) ?? message}`;
  if (status >= 500) return `${apiUrl} fails, also when asked again: HTTP ${status}: ${message}`;
  return `HTTP ${status}: ${message}`;
}

/** GitHub names the permissions that would do; several are alternatives or needed together. */
function lacking(headers: Readonly<Record<string, unknown>>): string | undefined {
  const accepted = String(headers["x-accepted-github-permissions"] ?? "").trim();
  if (accepted !== "") {
    const words = accepted
      .split(";")
      .map((all) =>
        all
          .split(",")
          .map((one) => one.trim().replaceAll("_", "-").replace("=", ": "))
          .join(" and "),
      )
      .join(", or ");
    return `it lacks the permission ${words} (in a workflow: under the job's permissions)`;
  }
  const scopes = String(headers["x-accepted-oauth-scopes"] ?? "").trim();
  return scopes === "" ? undefined : `it lacks one of the scopes ${scopes}`;
}
