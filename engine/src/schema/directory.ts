import { ApiError } from "../tree/api-error.ts";
import { exportTree } from "../tree/export.ts";
import * as arg from "./arguments.ts";
import { directoryChangeFields } from "./changeset.ts";
import { defineType } from "./define.ts";
import { directoryEditFields } from "./directory-edit.ts";
import { directoryPartFields } from "./directory-parts.ts";
import { directoryReadFields } from "./directory-read.ts";
import { solveDirectory } from "./directory-tree.ts";
import { dockerBuildField } from "./docker-build/field.ts";
import { asGitField } from "./git.ts";
import { hostPath } from "./host-path.ts";
import { directoryModuleFields } from "./module-types/module-source.ts";
import type { Directory } from "./values.ts";

export const directoryType = defineType<Directory>({
  name: "Directory",
  description: "A directory.",
  fields: {
    ...directoryReadFields,
    ...directoryPartFields,
    ...directoryEditFields,
    ...directoryChangeFields,
    dockerBuild: dockerBuildField,
    asGit: asGitField,
    ...directoryModuleFields,
    withError: {
      description: "Fails with these words.",
      args: { err: { type: "String!", description: "The words; none does nothing" } },
      type: "Directory!",
      resolve(directory, { err }) {
        if (err !== "") throw new ApiError(err);
        return directory;
      },
    },
    export: {
      description: "Writes the directory into a folder of the host; answers its path.",
      args: {
        path: arg.path("Folder of the host, relative to where the command runs"),
        wipe: {
          type: "Boolean",
          default: false,
          description: "Remove first what is there and not in the directory",
        },
      },
      type: "String!",
      async resolve(directory, { path, wipe }, session) {
        const folder = hostPath(path, session);
        exportTree(await solveDirectory(directory, session), folder, session.context.cache, wipe);
        return folder;
      },
    },
    sync: {
      description: "Makes the directory now; answers its id.",
      args: {},
      type: "ID!",
      async resolve(directory, _args, session) {
        await solveDirectory(directory, session);
        return session.idOf("Directory", directory);
      },
    },
  },
});
