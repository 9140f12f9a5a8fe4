import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { statementText } from "../../.dagger/src/release/approval/statement.ts";
import { gapsOf } from "../../.dagger/src/release/gaps.ts";
import { digestOf, readManifest } from "../../.dagger/src/release/manifest.ts";
import type { Repository } from "./repository.ts";

/** Somebody whom the repository lets approve. */
export interface Approver {
  readonly key: string;
  /**
   * Signs by hand, for half an hour, waiving whatever the release lacks.
   *
   * @param path file of the release
   * @param plan digest of the plan
   * @param change the text after it was signed
   * @returns a folder with the approval
   */
  approve(path: string, plan?: string, change?: (text: string) => string): string;
}

/** In approvals for an environment without Terraform. */
const noPlan = digestOf("");

export function newApprover(repository: Repository, files: string): Approver {
  const key = join(files, "cleo");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  const line = `cleo@example.com namespaces="kitchen-approval" ${readFileSync(`${key}.pub`, "utf8")}`;
  repository.write(".kitchen/allowed_signers", line);
  return {
    key,
    approve(path, plan = noPlan, change = (text) => text) {
      const release = readFileSync(path, "utf8");
      const folder = mkdtempSync(join(files, "approvals-"));
      const file = join(folder, "cleo.json");
      const waives = gapsOf(readManifest(release), ["integrationTest", "loadTest"]).map(
        ({ name }) => name,
      );
      const moment = (seconds: number) =>
        new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/u, "Z");
      const text = statementText({
        format: "kitchen/approval/v1",
        release: digestOf(release),
        ...{ environment: "production", plan, approver: "cleo@example.com" },
        ...{ issued: moment(0), expires: moment(1800), waives },
      });
      writeFileSync(file, text);
      execFileSync("ssh-keygen", ["-q", "-Y", "sign", "-n", "kitchen-approval", "-f", key, file], {
        stdio: "ignore",
      });
      writeFileSync(file, change(text));
      return folder;
    },
  };
}
