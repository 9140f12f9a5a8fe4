import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import ts from "typescript";

/** The arguments of every field of Dagger's API, by type and field, as the SDK declares them. */
export function readDaggerApi(): ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> {
  const sdk = dirname(createRequire(import.meta.url).resolve("@dagger.io/dagger"));
  const path = join(sdk, "api/client.gen.d.ts");
  const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2022);
  const options = new Map<string, string[]>();
  const types = new Map<string, Map<string, string[]>>();
  source.forEachChild((node) => {
    if (ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type)) {
      options.set(node.name.text, names(node.type.members));
    }
  });
  source.forEachChild((node) => {
    if (!ts.isClassDeclaration(node) || !node.name) return;
    const name = node.name.text.replace(/^Client$/u, "Query").replace(/_$/u, "");
    types.set(name, fieldsOf(node, options));
  });
  return types;
}

function fieldsOf(
  type: ts.ClassDeclaration,
  options: ReadonlyMap<string, string[]>,
): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const member of type.members) {
    if (!ts.isPropertyDeclaration(member) || !member.type) continue;
    if (!ts.isFunctionTypeNode(member.type)) continue;
    const args = member.type.parameters.flatMap((parameter) => {
      const given = parameter.type;
      const optional =
        given && ts.isTypeReferenceNode(given) && ts.isIdentifier(given.typeName)
          ? options.get(given.typeName.text)
          : undefined;
      return text(parameter.name) === "opts" && optional ? optional : [text(parameter.name)];
    });
    fields.set(text(member.name), args);
  }
  fields.delete("with"); // the SDK's own
  return fields;
}

function names(members: ts.NodeArray<ts.TypeElement>): string[] {
  return members.flatMap(({ name }) => (name ? [text(name)] : []));
}

/** Names that TypeScript reserves have an underscore at their end in the SDK. */
function text(name: ts.BindingName | ts.PropertyName): string {
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text.replace(/_$/u, "") : "";
}
