import { cleaned } from "../graph/operations/changes.ts";
import type { NamedRef } from "../graph/operations/git.ts";
import { ApiError } from "../tree/api-error.ts";
import { defineType } from "./define.ts";
import { emptyDirectory } from "./directory-tree.ts";
import type { Changeset, Directory, GitRef, GitRepository } from "./values.ts";

const named = (description: string) => ({ name: { type: "String!", description } });
const patterns = {
  patterns: {
    type: "[String!]",
    default: [],
    description:
      'Only those that match one of these, as `git ls-remote` matches (example: ["v1.*"])',
  },
};

export const gitRepositoryType = defineType<GitRepository>({
  name: "GitRepository",
  description: "A git repository.",
  fields: {
    url: {
      description: "Its address, when it has one.",
      args: {},
      type: "String",
      resolve: ({ url }) => url ?? null,
    },
    head: {
      description: "What it stands at.",
      args: {},
      type: "GitRef!",
      resolve: (repository) => lookUp(repository, "HEAD"),
    },
    ref: {
      description: "A commit by its hash, or by any of its names.",
      args: named('The name (example: "v1.0.0", "main", "refs/pull/7/head")'),
      type: "GitRef!",
      resolve: (repository, { name }) => lookUp(repository, name),
    },
    branch: {
      description: "A branch.",
      args: named('Its name (example: "main")'),
      type: "GitRef!",
      resolve: (repository, { name }) => lookUp(repository, prefixed("refs/heads/", name)),
    },
    tag: {
      description: "A tag.",
      args: named('Its name (example: "v1.0.0")'),
      type: "GitRef!",
      resolve: (repository, { name }) => lookUp(repository, prefixed("refs/tags/", name)),
    },
    commit: {
      description: "A commit.",
      args: { id: { type: "String!", description: "Its hash, 40 hexadecimal digits" } },
      type: "GitRef!",
      resolve(repository, { id }) {
        if (!isHash(id)) throw new ApiError(`invalid commit SHA: ${JSON.stringify(id)}`);
        return lookUp(repository, id);
      },
    },
    latestVersion: {
      description: "The tag of the highest semantic version: `v1.2.3`.",
      args: {},
      type: "GitRef!",
      resolve(repository) {
        const versions = namesBelow("refs/tags/", repository.refs).filter(isVersion);
        const latest = versions.sort(compareVersions).at(-1);
        if (!latest) throw new ApiError("no valid semver tags found");
        return lookUp(repository, `refs/tags/${latest}`);
      },
    },
    uncommitted: {
      description: "What is not committed of a directory; nothing, of a repository elsewhere.",
      args: {},
      type: "Changeset!",
      resolve({ source, inputs }): Changeset {
        const [tree] = inputs as Directory["tree"][];
        if (source.remote || !tree) return { before: emptyDirectory, after: emptyDirectory };
        return { before: { tree: cleaned(null, [tree]), path: "" }, after: { tree, path: "" } };
      },
    },
    tags: {
      description: "Names of its tags.",
      args: patterns,
      type: "[String!]!",
      resolve: ({ refs }, args) => namesBelow("refs/tags/", matching(refs, args.patterns)),
    },
    branches: {
      description: "Names of its branches.",
      args: patterns,
      type: "[String!]!",
      resolve: ({ refs }, args) => namesBelow("refs/heads/", matching(refs, args.patterns)),
    },
  },
});

function prefixed(prefix: string, name: string): string {
  return name.startsWith(prefix) ? name : `${prefix}${name}`;
}

/** Finds a ref as `git checkout` would: a branch goes before a tag of the same name. */
export function lookUp(repository: GitRepository, wanted: string): GitRef {
  if (isHash(wanted)) return { repository, ref: { name: "", sha: wanted } };
  const of = (name: string) => repository.refs.find((ref) => ref.name === name);
  const tag = prefixed("refs/tags/", wanted);
  // An annotated tag is an object of its own; what it points to is listed after it.
  const tagged = of(`${tag}^{}`) ?? of(tag);
  const found =
    (wanted === tag ? undefined : (of(wanted) ?? of(prefixed("refs/", wanted)))) ??
    of(prefixed("refs/heads/", wanted)) ??
    (tagged && { ...tagged, name: tag });
  if (!found) throw new ApiError(`repository does not contain ref ${JSON.stringify(wanted)}`);
  const name = repository.symbolic[found.name] ?? found.name;
  return { repository, ref: { name, sha: found.sha } };
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{40}$/u.test(text);
}

/** An annotated tag is listed twice (git/tags): it, and what it points to. */
function namesBelow(prefix: string, refs: readonly NamedRef[]): string[] {
  return refs
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name }) => name.slice(prefix.length).replace(/\^\{\}$/u, ""));
}

/** Patterns are matched against the end of a name, and `*` matches slashes too. */
function matching(refs: readonly NamedRef[], patterns: readonly string[]): readonly NamedRef[] {
  if (patterns.length === 0) return refs;
  const regexes = patterns.map((pattern) => new RegExp(`/${source(pattern)}$`, "su"));
  return refs.filter(({ name }) =>
    regexes.some((regex) => regex.test(`/${name.replace(/\^\{\}$/u, "")}`)),
  );
}

function source(pattern: string): string {
  return pattern.replace(/\\(.)|\*+|\?|\[[!^]?\]?[^\]]*\]|[\\^$.+(){}|[\]]/gsu, (part, escaped) => {
    if (escaped !== undefined) return literally(escaped);
    if (part.startsWith("*")) return ".*";
    if (part === "?") return ".";
    if (part.startsWith("[") && part.length > 1) return part.replace(/^\[[!^]/u, "[^");
    return literally(part);
  });
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/gu, "\\$&");
}

const version = /^v(\d+)(?:\.(\d+)(?:\.(\d+))?)?(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/u;

function isVersion(tag: string): boolean {
  return version.test(tag);
}

/** As Go's semver does: a version without a suffix is higher than the same with one. */
function compareVersions(one: string, other: string): number {
  const [a, b] = [one, other].map((tag) => version.exec(tag)?.slice(1) ?? []) as [
    string[],
    string[],
  ];
  for (const index of [0, 1, 2]) {
    const order = Number(a[index] ?? 0) - Number(b[index] ?? 0);
    if (order !== 0) return order;
  }
  if (!a[3] || !b[3]) return (a[3] ? 0 : 1) - (b[3] ? 0 : 1);
  return comparePrereleases(a[3].split("."), b[3].split("."));
}

function comparePrereleases(one: readonly string[], other: readonly string[]): number {
  for (const [index, part] of one.entries()) {
    const against = other[index];
    if (against === undefined) return 1;
    const [isNumber, wasNumber] = [part, against].map((text) => /^\d+$/u.test(text));
    if (isNumber !== wasNumber) return isNumber ? -1 : 1;
    const order = isNumber
      ? Number(part) - Number(against)
      : part < against
        ? -1
        : part > against
          ? 1
          : 0;
    if (order !== 0) return order;
  }
  return one.length - other.length;
}
