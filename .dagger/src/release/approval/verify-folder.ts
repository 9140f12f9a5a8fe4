import type { Directory } from "@dagger.io/dagger";
import type { Project } from "../../checks/tool.ts";
import { signersOf } from "./asked.ts";
import { factsOf, type Handed } from "./signatures.ts";
import { readStatement } from "./statement.ts";
import { type Asked, type Verdict, verifyApprovals } from "./verify.ts";

/** The release may not go there; each line says why not. */
export class RefusedError extends Error {}

/**
 * Holds the approvals of a folder (each `*.json` with its `*.json.sig`) against what is asked.
 *
 * @returns what counts
 * @throws RefusedError with everything that is wrong
 */
export async function verifyFolder(
  project: Project,
  asked: Asked,
  approvals: Directory,
): Promise<Verdict> {
  const paths = await approvals.glob("**");
  const named = paths.filter((path) => path.endsWith(".json")).sort();
  const unsigned = named.filter((path) => !paths.includes(`${path}.sig`));
  const handed = await Promise.all(
    named
      .filter((path) => paths.includes(`${path}.sig`))
      .map(async (path): Promise<Handed> => {
        const [text, signature] = await Promise.all([
          approvals.file(path).contents(),
          approvals.file(`${path}.sig`).contents(),
        ]);
        const statement = readStatement(text);
        const approver = typeof statement === "string" ? "nobody" : statement.approver;
        return { path, text, signature, approver };
      }),
  );
  const facts =
    handed.length === 0 ? [] : await factsOf(handed, await signersOf(project), asked.at);
  const verdict = verifyApprovals(asked, handed, facts);
  const { problems } = verdict;
  if (problems.length === 0) return verdict;
  const without = unsigned.map((path) => `${path}: there is no ${path}.sig beside it`);
  throw new RefusedError(
    [
      `release ${asked.release} may not go to ${asked.environment} with plan ${asked.plan}:`,
      ...problems,
      ...without,
    ].join("\n  "),
  );
}
