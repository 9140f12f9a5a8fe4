import { type Directory, dag } from "@dagger.io/dagger";
import type { Logs } from "./environment.ts";

/** A file NAME.log for each container that wrote something. */
export function logFiles({ logs }: Logs): Directory {
  return Object.entries(logs)
    .filter(([, text]) => text !== "")
    .reduce<Directory>(
      (folder, [name, text]) => folder.withNewFile(`${name}.log`, `${text}\n`),
      dag.directory(),
    );
}
