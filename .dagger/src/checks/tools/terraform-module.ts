import { type Container, dag } from "@dagger.io/dagger";
import { images } from "../../toolbox/images.ts";
import { terraform } from "../targets.ts";
import type { Project, Target } from "../tool.ts";

/** The folders that hold *.tf; each sees its whole Terraform folder, since modules refer to others. */
export async function terraformModules(project: Project): Promise<Target[]> {
  const targets = await terraform(project);
  const found = await Promise.all(
    targets.map(async (target) => {
      const files = await target.source.glob("**/*.tf");
      const folders = [...new Set(files.map((file) => file.split("/").slice(0, -1).join("/")))];
      const texts = files.map((file) => target.source.file(file).contents());
      const daily = (await Promise.all(texts)).some((text) => text.includes("required_providers"));
      return folders.map((folder) => ({
        ...target,
        name: [target.path, folder].filter((part) => part !== "" && part !== ".").join("/"),
        daily,
      }));
    }),
  );
  return found.flat();
}

/** Terraform, its providers kept; where they come from a registry it is asked anew each day. */
export async function terraformContainer({ daily = false }: Target): Promise<Container> {
  const container = dag
    .container()
    .from(images.terraform)
    .withEnvVariable("CHECKPOINT_DISABLE", "1")
    .withEnvVariable("TF_IN_AUTOMATION", "1")
    .withMountedCache("/plugins", dag.cacheVolume("kitchen-terraform-plugins"))
    .withEnvVariable("TF_PLUGIN_CACHE_DIR", "/plugins")
    .withEnvVariable("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "1");
  const day = new Date().toISOString().slice(0, 10);
  return daily ? container.withEnvVariable("KITCHEN_DAY", day) : container;
}

/** A command in a module that is set up without its backend; what the set-up says is on stderr. */
export function inModule(target: Target, command: string): readonly string[] {
  // Two that install the same provider into the cache at once break it.
  const init = "flock /plugins/.lock terraform init -backend=false -input=false -no-color >&2";
  return ["sh", "-c", `cd "$1" && ${init} && ${command}`, "sh", `/src/${target.name}`];
}

/** The first error of `terraform init`: modules that it could not get, for instance. */
function initError(log: string): { title: string; detail: string } {
  const plain = log.replace(/^[│╷╵ ]+/gm, "");
  const [, title = "no error", detail = ""] = /^Error: (.+)\n\s*\n((?:.+\n?)*)/m.exec(plain) ?? [];
  return { title, detail: detail.replace(/\s+/g, " ").trim() };
}

export function initFailure(log: string): string {
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
