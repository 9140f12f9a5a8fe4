import { relative } from "node:path";
import { ApiError } from "../../tree/api-error.ts";
import { defineType, type Field, type Session } from "../define.ts";
import type { Directory } from "../values.ts";
import { modulesOf } from "./access.ts";
import { reading } from "./text-fields.ts";
import type { ModuleSource } from "./values.ts";

export const moduleSourceType = defineType<ModuleSource>({
  name: "ModuleSource",
  description: "Where a module is, before anything of it is run.",
  fields: {
    kind: reading(
      "Is it a folder, a git repository, or a Directory?",
      "ModuleSourceKind!",
      (self) => self.kind,
    ),
    moduleName: reading("The module's name.", "String!", (self) => self.name),
    moduleOriginalName: reading("Its name in dagger.json.", "String!", (self) => self.name),
    asString: reading("As dependents name it.", "String!", (self) => self.reference),
    engineVersion: reading("The engine that it asks for.", "String!", (self) => self.engineVersion),
    sdk: reading("What it is written with.", "SDKConfig", () => ({})),
    configExists: reading("Does it have a dagger.json?", "Boolean!", () => true),
    sourceRootSubpath: reading("The folder of dagger.json, in its context.", "String!", rootIn),
    originalSubpath: reading("The folder that was asked for, in its context.", "String!", rootIn),
    sourceSubpath: reading("The folder of its code, in its context.", "String!", (self) =>
      below(self.context, `${self.root}/${self.source}`),
    ),
    repoRootPath: reading("The address of its repository.", "String!", (self) => gitOf(self).url),
    cloneRef: reading("What git clones.", "String!", (self) => gitOf(self).url),
    commit: reading("Its commit.", "String!", (self) => gitOf(self).commit),
    pin: reading("Its commit; empty: it has none.", "String!", (self) => self.git?.commit ?? ""),
    version: reading(
      "The tag or branch that was asked for.",
      "String!",
      (self) => gitOf(self).version,
    ),
    htmlRepoURL: reading("Its repository, for a browser.", "String!", (self) =>
      gitOf(self).url.replace(/\.git$/u, ""),
    ),
    htmlURL: reading("Its folder at its commit, for a browser.", "String!", (self) => {
      const { url, commit } = gitOf(self);
      const at = url.replace(/\.git$/u, "");
      return commit ? `${at}/tree/${commit}/${rootIn(self).replace(/^\.$/u, "")}` : "";
    }),
    localContextDirectoryPath: {
      description: "The folder of this machine that it may reach.",
      args: {},
      type: "String!",
      resolve(self) {
        if (self.kind === "LOCAL_SOURCE") return self.context;
        throw new ApiError("localContextDirectoryPath is only supported for local module sources");
      },
    },
    contextDirectory: {
      description: "The module's files, where they are in its context.",
      args: {},
      type: "Directory!",
      resolve: async (self, _args, session) => (await filesOf(self, session)).directory,
    },
    directory: {
      description: "A folder of the module's code.",
      args: { path: { type: "String!", description: "Where it is, below the code" } },
      type: "Directory!",
      async resolve(self, { path }, session): Promise<Directory> {
        const { directory } = await filesOf(self, session);
        const inside = [self.source, path].filter((part) => part !== "." && part !== "");
        return { ...directory, path: inside.join("/") };
      },
    },
    digest: {
      description: "Identity of the module's files.",
      args: {},
      type: "String!",
      resolve: async (self, _args, session) => (await filesOf(self, session)).digest,
    },
    dependencies: {
      description: "The modules that it calls.",
      args: {},
      type: "[ModuleSource!]!",
      resolve: (self, _args, session) => modulesOf(session).dependencies(self),
    },
    toolchains: reading("galley has none.", "[ModuleSource!]!", () => []),
    asModule: {
      description: "The module: it is read, but nothing of it is run.",
      args: {},
      type: "Module!",
      resolve: (self, _args, session) => modulesOf(session).load(self),
    },
    sync: {
      description: "Answers its id.",
      args: {},
      type: "ID!",
      resolve: (self, _args, session) => session.idOf("ModuleSource", self),
    },
  },
});

export const moduleSourceField: Field<object> = {
  description: "Where a module is: in or above a folder, or in a git repository.",
  args: {
    refString: {
      type: "String!",
      description: 'The reference (example: "github.com/owner/repository/folder@v1.2.0")',
    },
    refPin: { type: "String", default: "", description: "The commit that it stands for" },
    disableFindUp: {
      type: "Boolean",
      default: false,
      description: "Not in a folder above the one that is named",
    },
    allowNotExists: {
      type: "Boolean",
      default: false,
      description: "Let there be none yet (not in galley, which makes no modules)",
    },
    requireKind: { type: "ModuleSourceKind", description: "The kind that it has to be" },
  },
  type: "ModuleSource!",
  async resolve(_query, { refString, refPin, disableFindUp, requireKind }, session) {
    const found = await modulesOf(session).locate(refString, {
      pin: refPin,
      findUp: !disableFindUp,
    });
    if (!requireKind || requireKind === found.kind) return found;
    throw new ApiError(
      `module source ${JSON.stringify(refString)} kind must be ${requireKind}, got ${found.kind}`,
    );
  },
};

const root = {
  sourceRootPath: {
    type: "String",
    default: "",
    description: "The folder of dagger.json (default: the top)",
  },
} as const;

/** Modules that are in directories. */
export const directoryModuleFields: Readonly<Record<string, Field<Directory>>> = {
  asModuleSource: {
    description: "Where the module in the directory is.",
    args: root,
    type: "ModuleSource!",
    resolve: (directory, { sourceRootPath }, session) =>
      modulesOf(session).inDirectory(directory, sourceRootPath),
  },
  asModule: {
    description: "The module in the directory.",
    args: root,
    type: "Module!",
    async resolve(directory, { sourceRootPath }, session) {
      const modules = modulesOf(session);
      return modules.load(await modules.inDirectory(directory, sourceRootPath));
    },
  },
};

const filesOf = (self: ModuleSource, session: Session) => modulesOf(session).files(self);

function rootIn({ context, root: folder }: ModuleSource): string {
  return below(context, folder);
}

function below(context: string, path: string): string {
  return relative(context, path) || ".";
}

function gitOf({ git }: ModuleSource): NonNullable<ModuleSource["git"]> {
  return git ?? { url: "", commit: "", version: "" };
}
