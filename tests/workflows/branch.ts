import { execFileSync } from "node:child_process";

const script = `
export GIT_INDEX_FILE="$(mktemp -u)"
git --work-tree="$2" add --all --force .
commit=$(git -c user.name=test -c user.email=test@localhost commit-tree -m test "$(git write-tree)")
git update-ref "refs/heads/$1" "$commit"
rm "$GIT_INDEX_FILE"
`;

/** Makes a branch of a repository that holds the files of a folder, and nothing else. */
export function branchOf(folder: string, name: string, repository: string): void {
  execFileSync("sh", ["-ec", script, "sh", name, folder], { cwd: repository });
}
