// Writes src/schema/dagger-fields.ts: the names of all fields of Dagger's API, read from the SDK's
// own declarations, so that a field that galley lacks is told from one that does not exist.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const require = createRequire(import.meta.url);
const sdk = dirname(require.resolve("@dagger.io/dagger"));
const { version } = JSON.parse(readFileSync(join(sdk, "../../package.json"), "utf8"));
const path = join(sdk, "api/client.gen.d.ts");
const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022, true);

const types = new Map();
source.forEachChild((node) => {
  if (!ts.isClassDeclaration(node) || !node.name) return;
  const name = node.name.text.replace(/^Client$/, "Query").replace(/_$/, "");
  const fields = node.members
    .filter(
      (member) =>
        ts.isPropertyDeclaration(member) && member.type && ts.isFunctionTypeNode(member.type),
    )
    .map((member) => member.name.getText().replace(/_$/, ""))
    .filter((field) => field !== "with");
  types.set(name, [...new Set(fields)].sort());
});

const lines = [...types]
  .sort(([one], [other]) => (one < other ? -1 : 1))
  .map(([name, fields]) => `  ${name}:\n    ${JSON.stringify(fields.join(" "))},`);
const text = `// Made by scripts/dagger-fields.mjs from @dagger.io/dagger ${version}: do not edit.

/** The names of all fields of Dagger's API, by type, in one text each. */
export const daggerFields: Readonly<Record<string, string>> = {
${lines.join("\n")}
};

/** Is this a field of Dagger's API, whether galley has it or not? */
export function isDaggerField(type: string, field: string): boolean {
  return daggerFields[type]?.split(" ").includes(field) ?? false;
}
`;
writeFileSync(fileURLToPath(new URL("../src/schema/dagger-fields.ts", import.meta.url)), text);
