import { defineType, type Field, type Session } from "../define.ts";
import { reading } from "./text-fields.ts";
import type { SourceMap } from "./values.ts";

export const sourceMapType = defineType<SourceMap>({
  name: "SourceMap",
  description: "Where something is declared in a module's source.",
  fields: {
    filename: reading("The file, seen from the module's source.", "String!", (at) => at.filename),
    line: reading("The line, counted from 1.", "Int!", (at) => at.line),
    column: reading("The column, counted from 1.", "Int!", (at) => at.column),
    module: reading("The dependency that it is in; empty: the module itself.", "String!", () => ""),
    url: reading("An address of the file; galley knows none.", "String!", () => ""),
  },
});

export const sourceMapField: Field<object> = {
  description: "A place in a module's source.",
  args: {
    filename: { type: "String!", description: "The file" },
    line: { type: "Int!", description: "The line" },
    column: { type: "Int!", description: "The column" },
  },
  type: "SourceMap!",
  resolve: (_query, { filename, line, column }): SourceMap => ({ filename, line, column }),
};

/** An argument for the place where something is declared. */
export const sourceMapArgument = {
  sourceMap: { type: "ID", expects: "SourceMap", description: "Where it is declared" },
} as const;

export async function placeOf(
  id: string | undefined,
  session: Session,
): Promise<{ sourceMap?: SourceMap }> {
  return id ? { sourceMap: await session.load<SourceMap>("SourceMap", id) } : {};
}
