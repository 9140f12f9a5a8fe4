import { type Container, dag, ReturnType } from "@dagger.io/dagger";
import * as z from "zod";
import type { Finding, Level, ReportData, ToolRun } from "../report/finding.ts";
import { images } from "../toolbox/images.ts";
import type { BuiltImage } from "./build-image.ts";
import { sbomOf } from "./sbom.ts";

/** Where grype finds out which advisories there are. */
const advisories = "https://grype.anchore.io/databases/v6/latest.json";

/**
 * Known vulnerabilities in what the images hold, by grype from their SBOMs. Where its advisory
 * database cannot be had, nothing was looked at, and that is no pass.
 */
export async function scanImages(built: readonly BuiltImage[]): Promise<ReportData> {
  const reachable = await canBeHad();
  const runs = await Promise.all(
    built.map((image) => (reachable ? scanImage(image) : notRun(image.name))),
  );
  return { stage: "images scan", runs, accepted: [] };
}

function runOf(name: string): Omit<ToolRun, "outcome"> {
  const version = images.grype.replace(/^.*:v/, "");
  return {
    tool: "grype",
    version,
    target: name,
    exitCode: null,
    duration: 0,
    log: "",
    findings: [],
  };
}

function notRun(name: string): ToolRun {
  return { ...runOf(name), outcome: "not-run", reason: "no advisory database" };
}

/** Advisories change each day: asked anew then. */
function today(container: Container): Container {
  return container.withEnvVariable("KITCHEN_DAY", new Date().toISOString().slice(0, 10));
}

async function canBeHad(): Promise<boolean> {
  const ask = `import urllib.request; urllib.request.urlopen(${JSON.stringify(advisories)}, timeout=15)`;
  const asked = today(dag.container().from(images.python)).withExec(["python3", "-c", ask], {
    expect: ReturnType.Any,
  });
  return (await asked.exitCode()) === 0;
}

async function scanImage(image: BuiltImage): Promise<ToolRun> {
  const since = Date.now();
  const scanned = today(dag.container().from(images.grype))
    .withEnvVariable("GRYPE_CHECK_FOR_APP_UPDATE", "false")
    .withMountedCache("/.cache/grype", dag.cacheVolume("kitchen-grype"))
    .withEnvVariable("GRYPE_DB_CACHE_DIR", "/.cache/grype")
    .withMountedFile("/sbom.json", await sbomOf(image))
    .withExec(["sbom:/sbom.json", "--output", "json", "--quiet"], {
      useEntrypoint: true,
      expect: ReturnType.Any,
    });
  const [exitCode, stdout, stderr] = await Promise.all([
    scanned.exitCode(),
    scanned.stdout(),
    scanned.stderr(),
  ]);
  const run = { ...runOf(image.name), exitCode, duration: (Date.now() - since) / 1000 };
  if (exitCode !== 0) {
    return { ...run, outcome: "error", reason: `exit code ${exitCode}`, log: stderr.trim() };
  }
  const findings = readMatches(stdout, image);
  return { ...run, outcome: findings.length > 0 ? "findings" : "clean", findings };
}

const output = z.object({
  matches: z.array(
    z.object({
      vulnerability: z.object({
        id: z.string(),
        severity: z.string().default("Unknown"),
        dataSource: z.string().optional(),
        fix: z.object({ versions: z.array(z.string()).default([]) }).optional(),
      }),
      artifact: z.object({ name: z.string(), version: z.string() }),
    }),
  ),
});

const levels: Readonly<Record<string, Level>> = {
  Critical: "error",
  High: "error",
  Medium: "warning",
};

/** What grype wrote, as findings of the image's Dockerfile. */
export function readMatches(
  text: string,
  { name, dockerfile }: Pick<BuiltImage, "name" | "dockerfile">,
): Finding[] {
  return output.parse(JSON.parse(text)).matches.map(({ vulnerability, artifact }) => {
    const { id, severity, dataSource, fix } = vulnerability;
    const fixed = fix?.versions.length ? `, fixed in ${fix.versions.join(", ")}` : ", no fix yet";
    return {
      tool: "grype",
      rule: id,
      level: levels[severity] ?? "note",
      message: `${severity} in ${artifact.name} ${artifact.version} of image ${name}${fixed}`,
      path: dockerfile,
      line: 1,
      column: 1,
      ...(dataSource ? { helpUrl: dataSource } : {}),
      fingerprint: `grype:${id}:${name}:${artifact.name}`,
    };
  });
}
