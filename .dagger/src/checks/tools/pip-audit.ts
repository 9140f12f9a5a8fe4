import * as z from "zod";
import { componentLock, lockFiles } from "../../toolbox/component-lock.ts";
import { pythonTool, toolVenv } from "../../toolbox/python.ts";
import { components } from "../targets.ts";
import type { Tool } from "../tool.ts";

const output = z.object({
  dependencies: z.array(
    z.object({
      name: z.string(),
      version: z.string().optional(),
      skip_reason: z.string().optional(),
      vulns: z
        .array(
          z.object({ id: z.string(), description: z.string(), fix_versions: z.array(z.string()) }),
        )
        .default([]),
    }),
  ),
});

/** pip-audit: known vulnerabilities of locked dependencies, asked anew each day. */
export const pipAudit: Tool = {
  name: "pip-audit",
  version: [`${toolVenv}/bin/pip-audit`, "--version"],
  targets: async (project) =>
    (await components(project)).map((target) => ({
      ...target,
      source: target.source.filter({ include: lockFiles }),
      daily: true,
    })),
  async container(target) {
    const lock = await componentLock(target.source, target.path);
    const today = new Date().toISOString().slice(0, 10);
    return (await pythonTool("audit"))
      .withFile("/opt/locks/audited.lock", lock)
      .withEnvVariable("KITCHEN_ADVISORIES_OF", today);
  },
  command: () => [
    `${toolVenv}/bin/pip-audit`,
    ...["--requirement", "/opt/locks/audited.lock", "--require-hashes", "--disable-pip"],
    ...["--format", "json", "--progress-spinner", "off", "--timeout", "10"],
  ],
  exitCodes: { 0: "clean", 1: "findings" },
  notRun({ stdout, stderr, exitCode }) {
    const unreachable =
      /ConnectionError|Max retries|HTTPSConnectionPool|NameResolution|ServiceError|403|404 Client/.test(
        stderr,
      );
    if (!stdout.trimStart().startsWith("{")) {
      return exitCode !== 0 && unreachable ? "no advisory source is reachable" : undefined;
    }
    // What it has no advisories for it leaves out, and still says that all is well.
    const { dependencies } = output.parse(JSON.parse(stdout));
    const skipped = dependencies.filter((each) => each.skip_reason !== undefined).length;
    const found = dependencies.some(({ vulns }) => vulns.length > 0);
    if (skipped === 0 || found) return undefined;
    return `no advisories to be had for ${skipped} of ${dependencies.length} dependencies`;
  },
  parse({ stdout }, target) {
    if (!stdout.trimStart().startsWith("{")) return { findings: [] };
    const { dependencies } = output.parse(JSON.parse(stdout));
    return {
      findings: dependencies.flatMap(({ name, version = "", vulns }) =>
        vulns.map(({ id, description, fix_versions: fixes }) => ({
          tool: "pip-audit",
          rule: id,
          level: "error" as const,
          message: `${name} ${version}: ${description.split("\n")[0]}${fixes.length > 0 ? ` (fixed in ${fixes.join(", ")})` : ""}`,
          path: `${target.path}/requirements.lock`,
          line: 1,
          column: 1,
          helpUrl: `https://osv.dev/vulnerability/${id}`,
        })),
      ),
    };
  },
};
