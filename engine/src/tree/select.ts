import type { CacheFolder } from "../cache-folder.ts";
import { withoutIgnored } from "./gitignore.ts";
import { type Matches, type PatternList, parsePatterns } from "./patterns.ts";
import type { Node, Tree } from "./tree.ts";

/** Which part of a directory is meant: nothing given means all of it. */
export interface Selection {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** leave out what the tree's own .gitignore files name */
  readonly gitignore?: boolean;
}

/** Says of each path on a way down a directory whether it is selected, and whether to go on. */
export class Selector {
  private readonly include: PatternList | undefined;
  private readonly exclude: PatternList | undefined;

  constructor(selection: Selection) {
    if (selection.include?.length) this.include = parsePatterns(selection.include);
    if (selection.exclude?.length) this.exclude = parsePatterns(selection.exclude);
  }

  /** Does this selector take everything? */
  get all(): boolean {
    return !this.include && !this.exclude;
  }

  top(): Standing {
    return {
      selected: true,
      descend: true,
      include: this.include?.top,
      exclude: this.exclude?.top,
    };
  }

  /** How a path stands, given how the directory that holds it stands. */
  of(path: string, parent: Standing): Standing {
    const include = parent.include && this.include?.match(path, parent.include);
    const exclude = parent.exclude && this.exclude?.match(path, parent.exclude);
    const excluded = exclude?.matched ?? false;
    return {
      selected: (include?.matched ?? true) && !excluded,
      descend: !excluded || (this.exclude?.takesBack ?? false),
      include,
      exclude,
    };
  }
}

export interface Standing {
  readonly selected: boolean;
  /** may something below be selected? */
  readonly descend: boolean;
  readonly include: Matches | undefined;
  readonly exclude: Matches | undefined;
}

/** The selected part of a tree. A directory that is not selected itself stays for what it holds. */
export function select(tree: Tree, selection: Selection, cache: CacheFolder): Tree {
  const from = selection.gitignore ? withoutIgnored(tree, cache) : tree;
  const selector = new Selector(selection);
  if (selector.all) return from;
  return selectBelow(from, "", selector, selector.top()) ?? { ...from, entries: new Map() };
}

function selectBelow(
  directory: Tree,
  path: string,
  selector: Selector,
  standing: Standing,
): Tree | undefined {
  const entries = new Map<string, Node>();
  let same = true;
  for (const [name, child] of directory.entries) {
    const childPath = path === "" ? name : `${path}/${name}`;
    const childStanding = selector.of(childPath, standing);
    const kept = selectNode(child, childPath, selector, childStanding);
    if (kept) entries.set(name, kept);
    if (kept !== child) same = false;
  }
  if (same && standing.selected) return directory;
  if (!standing.selected && entries.size === 0) return undefined;
  return { ...directory, entries };
}

function selectNode(
  node: Node,
  path: string,
  selector: Selector,
  standing: Standing,
): Node | undefined {
  if (node.kind !== "directory") return standing.selected ? node : undefined;
  if (!standing.descend) return undefined;
  return selectBelow(node, path, selector, standing);
}
