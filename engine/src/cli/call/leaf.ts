import type { TypeRef } from "../../module/type-defs.ts";
import { UsageError } from "../usage-error.ts";
import type { Selection } from "./selection.ts";
import { providerName, type Types } from "./types.ts";

/** What is asked of an object that ends a call. */
export interface Leaf {
  readonly fields: readonly Selection[];
  /** the object writes itself to the host, and answers where */
  readonly exports: boolean;
}

/** An object is exported where an output is named, synced if it can be, and shown by its handle. */
export async function leafOf(
  type: TypeRef,
  types: Types,
  output: string | undefined,
): Promise<Leaf> {
  const name = providerName(type);
  const provider = name === undefined ? undefined : await types.provider(name);
  if (!provider) return { fields: name === undefined ? [] : [{ field: "id" }], exports: false };
  const { functions } = provider;
  const exporting = functions.find(({ name }) => name === "export");
  const takes = (argument: string) => exporting?.args.some(({ name }) => name === argument);
  if (output !== undefined && takes("path")) {
    const args: [string, string][] = [["path", JSON.stringify(output)]];
    if (takes("allowParentDirPath")) args.push(["allowParentDirPath", "true"]);
    return { fields: [{ field: "export", args }], exports: true };
  }
  if (output !== undefined && name === "Container") {
    throw new UsageError("--output: galley cannot export a Container: see engine/SUPPORTED.md");
  }
  const syncs = functions.some(({ name, args }) => name === "sync" && args.length === 0);
  return { fields: [syncs ? { field: "sync", alias: "id" } : { field: "id" }], exports: false };
}
