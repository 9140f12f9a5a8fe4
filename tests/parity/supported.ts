import { enumTypes } from "../../engine/src/schema/enums.ts";
import {
  whyArgumentLeftOut,
  whyLeftOut,
  whyTypeLeftOut,
} from "../../engine/src/schema/left-out.ts";
import { exceptions as commandLines } from "../cli-parity/exceptions.ts";
import type { ApiCase } from "./corpus.ts";
import { argumentsOf, askedBy, daggerApi, galleyTypes } from "./corpus.ts";
import { exceptions } from "./exceptions.ts";

/** The text of engine/SUPPORTED.md: what galley has of Dagger's API, and what of that is replayed. */
export function supportedText(replayed: readonly ApiCase[]): string {
  const cases = new Map<string, number>();
  for (const each of replayed) {
    for (const field of askedBy(each).fields) cases.set(field, (cases.get(field) ?? 0) + 1);
  }
  const types = [...galleyTypes.keys()].sort();
  const others = [...daggerApi.keys()].filter((name) => !galleyTypes.has(name)).sort();
  return `# What galley has of Dagger's API

Written by \`npm run supported\` from the schema and the recorded conversations that the tests
replay: do not edit. A number behind a field says how many recorded conversations with Dagger
0.21.8 ask for it and get the same answers from galley; a field without one has tests of its own
only. Whatever else Dagger 0.21 has is refused by name, with the reason that stands here. Every object has \`id\`, and \`Query\` has
\`node\` and a \`load…FromID\` for each type of this page.

${types.map((name) => sectionOf(name, cases)).join("\n")}
## Enumerations

${[...enumTypes]
  .sort((one, other) => (one.name < other.name ? -1 : 1))
  .map(({ name, values }) => `- ${name}: ${Object.keys(values).join(", ")}`)
  .join("\n")}

## Types left out

${byReason(
  others.filter((name) => !/^_|^BaseClient$/u.test(name)),
  whyTypeLeftOut,
)}

## Recorded conversations and command lines that are not repeated

${Object.entries({ ...exceptions, ...commandLines })
  .map(([key, why]) => `- ${key}: ${why}`)
  .join("\n")}
`;
}

/** Names of what is left out for the same reason stand together. */
function byReason(names: readonly string[], why: (name: string) => string | undefined): string {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const reason = why(name) ?? "no reason is given in engine/src/schema/left-out.ts";
    groups.set(reason, [...(groups.get(reason) ?? []), name]);
  }
  return [...groups].map(([reason, each]) => `- ${each.join(", ")}: ${reason}`).join("\n");
}

function sectionOf(type: string, cases: ReadonlyMap<string, number>): string {
  const ours = galleyTypes.get(type)?.fields ?? {};
  const daggers = daggerApi.get(type) ?? new Map<string, readonly string[]>();
  const rows = Object.keys(ours)
    .sort()
    .map((field) => {
      const count = cases.get(`${type}.${field}`);
      const args = ours[field] ? argumentsOf(ours[field]) : [];
      const left = (daggers.get(field) ?? []).filter((arg) => !args.includes(arg));
      const reasons = left.map(
        (arg) => `${arg}: ${whyArgumentLeftOut(`${type}.${field}(${arg}:)`)}`,
      );
      const without = left.length > 0 ? ` (without ${reasons.join("; ")})` : "";
      return `- ${field}${args.length > 0 ? `(${args.join(", ")})` : ""}${without}${count ? ` · ${count}` : ""}`;
    });
  const leftOut = [...daggers.keys()]
    .filter((field) => !(field in ours) && !/^(?:id|node|load\w+FromID)$/u.test(field))
    .sort();
  const end =
    leftOut.length > 0
      ? `\nLeft out:\n\n${byReason(leftOut, (field) => whyLeftOut(type, field))}\n`
      : "";
  return `## ${type}\n\n${rows.length > 0 ? `${rows.join("\n")}\n` : "Nothing but its id.\n"}${end}`;
}
