import { createHash } from "node:crypto";
import type { Finding, RawFinding } from "./finding.ts";

/**
 * Gives findings fingerprints that do not change when lines move: of tool, rule, path, the text of
 * the line without its spaces, and a count of those that are otherwise equal.
 *
 * @param textOf the lines of a file, or undefined when it is not at hand
 */
export function withFingerprints(
  findings: readonly RawFinding[],
  textOf: (path: string) => readonly string[] | undefined,
): Finding[] {
  const seen = new Map<string, number>();
  return findings.map((finding) => {
    const text = textOf(finding.path)?.[finding.line - 1] ?? finding.message;
    const same = [finding.tool, finding.rule, finding.path, text.replace(/\s+/g, "")].join("\0");
    const count = seen.get(same) ?? 0;
    seen.set(same, count + 1);
    const hash = createHash("sha256").update(`${same}\0${count}`).digest("hex");
    return { ...finding, fingerprint: hash.slice(0, 32) };
  });
}
