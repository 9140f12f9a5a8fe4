import type { Manifest } from "./manifest.ts";

/** What changes when one release takes the place of another: a line for each part. */
export function differencesOf(before: Manifest, after: Manifest): string[] {
  const parts = [
    ["image", before.images, after.images],
    ["image beside", before.support ?? [], after.support ?? []],
    ["DAGs", before.dags, after.dags],
    ["Terraform", named(before.terraform), named(after.terraform)],
  ] as const;
  return parts.flatMap(([kind, old, now]) => {
    const names = [...new Set([...old, ...now].map(({ name }) => name))].sort();
    return names.map((name) => {
      const [from, to] = [old, now].map((list) => list.find((each) => each.name === name)?.digest);
      return `${kind} ${name}: ${change(from, to)}`;
    });
  });
}

function named(folders: Manifest["terraform"]) {
  return folders.map(({ path, digest }) => ({ name: path, digest }));
}

function change(from: string | undefined, to: string | undefined): string {
  if (from === to) return "the same";
  if (from === undefined) return `new, ${to}`;
  if (to === undefined) return "goes away";
  return `${from} becomes ${to}`;
}
