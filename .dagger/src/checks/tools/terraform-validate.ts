import { dag } from "@dagger.io/dagger";
import * as z from "zod";
import { images } from "../../toolbox/images.ts";
import { repositoryPath } from "../repository-path.ts";
import { terraform } from "../targets.ts";
import type { Project, Target, Tool } from "../tool.ts";
import { terraformErrors } from "./terraform-fmt.ts";

const output = z.object({
  valid: z.boolean(),
  diagnostics: z.array(
    z.object({
      severity: z.enum(["error", "warning"]),
      summary: z.string(),
      detail: z.string().optional(),
      range: z
        .object({
          filename: z.string(),
          start: z.object({ line: z.number(), column: z.number() }),
          end: z.object({ line: z.number() }),
        })
        .optional(),
    }),
  ),
});

/**
 * terraform validate in every folder with *.tf, each of which is a module of its own; tried anew each
 * day, since a provider that cannot be had today may be there tomorrow.
 */
export const terraformValidate: Tool = {
  name: "terraform-validate",
  version: ["terraform", "version"],
  targets: modules,
  container: async () =>
    dag
      .container()
      .from(images.terraform)
      .withEnvVariable("CHECKPOINT_DISABLE", "1")
      .withEnvVariable("TF_IN_AUTOMATION", "1")
      .withEnvVariable("KITCHEN_PROVIDERS_OF", new Date().toISOString().slice(0, 10)),
  command: (target) => {
    const folder = target.name;
    const init = "terraform init -backend=false -input=false -no-color >&2";
    return ["sh", "-c", `cd "$1" && ${init} && terraform validate -json`, "sh", `/src/${folder}`];
  },
  exitCodes: { 0: "clean", 1: "findings" },
  notRun: ({ stderr }) => missingProvider(stderr),
  parse({ stdout, stderr }, target) {
    const here = { ...target, path: target.name };
    if (!stdout.trimStart().startsWith("{")) {
      const findings = [...terraformErrors(stderr, "terraform-validate", here)];
      return findings.length > 0 ? { findings } : { findings, problem: initFailure(stderr) };
    }
    const { diagnostics } = output.parse(JSON.parse(stdout));
    return {
      findings: diagnostics.map(({ severity, summary, detail, range }) => ({
        tool: "terraform-validate",
        rule: severity,
        level: severity,
        message: detail ? `${summary}: ${detail.replace(/\s+/g, " ")}` : summary,
        path: range ? repositoryPath(here, range.filename) : here.path,
        line: range?.start.line ?? 1,
        column: range?.start.column ?? 1,
        ...(range ? { endLine: range.end.line } : {}),
      })),
    };
  },
};

/** The first error of `terraform init`: modules that it could not get, for instance. */
function initError(log: string): { title: string; detail: string } {
  const plain = log.replace(/^[│╷╵ ]+/gm, "");
  const [, title = "no error", detail = ""] = /^Error: (.+)\n\s*\n((?:.+\n?)*)/m.exec(plain) ?? [];
  return { title, detail: detail.replace(/\s+/g, " ").trim() };
}

function initFailure(log: string): string {
  const { title, detail } = initError(log);
  return `terraform init failed: ${title}: ${detail}`;
}

/**
 * Which provider cannot be had, and why; nothing says then whether its resources are right. A version
 * that does not exist or a checksum that does not match is a mistake in the configuration instead.
 */
export function missingProvider(log: string): string | undefined {
  const { title, detail } = initError(log);
  if (!/^Failed to (?:query available provider packages|install provider)/.test(title)) return;
  const name = /(?:for provider|while installing) ([\w./-]+\w)/.exec(detail)?.[1] ?? "a provider";
  const why =
    /could not connect to [\w.:-]+\w|could not query provider registry|failed to query provider mirror|was not found in any of the search locations|dial tcp/.exec(
      detail,
    )?.[0];
  return why && `${name} cannot be had: ${why}`;
}

/** The folders that hold *.tf; each sees its whole Terraform folder, since modules refer to others. */
async function modules(project: Project): Promise<Target[]> {
  const targets = await terraform(project);
  const found = await Promise.all(
    targets.map(async (target) => {
      const files = await target.source.glob("**/*.tf");
      const folders = [...new Set(files.map((file) => file.split("/").slice(0, -1).join("/")))];
      return folders.map((folder) => ({
        ...target,
        name: [target.path, folder].filter((part) => part !== "" && part !== ".").join("/"),
      }));
    }),
  );
  return found.flat();
}
