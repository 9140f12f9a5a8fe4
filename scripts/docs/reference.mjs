import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./pages.mjs";

const galley = join(root, "engine/bin/galley.cjs");
const typeFields = "kind name ofType{kind name ofType{kind name ofType{kind name}}}";
const introspection = `{__schema{types{name description fields{name description type{${typeFields}}
  args{name description defaultValue type{${typeFields}}}}}}}`;

/**
 * The module's functions as it describes them itself, as Markdown: its types, their functions, and
 * the arguments of these.
 */
export async function referenceMarkdown() {
  const { types } = JSON.parse(await run(["query", "-s"], introspection)).__schema;
  const own = types.filter(({ name, fields }) => /^Kitchen/u.test(name) && fields?.length > 0);
  const flags = await flagTypes(own);
  const parts = own.map((type) => typeSection(type, flags));
  return `# Functions\n\n${about}\n\n${parts.join("\n\n")}\n`;
}

const about = `What the module says of itself: \`dagger functions\` and \`dagger call FUNCTION --help\`
show the same. Arguments without a default have to be given, unless their type ends with \`?\`.`;

function typeSection({ name, description, fields }, flags) {
  const functions = fields.filter((each) => each.name !== "id").map((each) => section(each, flags));
  const title = name === "Kitchen" ? "Kitchen" : name.replace(/^Kitchen/u, "");
  return [`## ${title}`, description ?? "", ...functions].join("\n\n");
}

function section({ name, description, args, type }, flags) {
  const rows = args.map((arg) => {
    const shown = arg.type.kind === "NON_NULL" ? "" : "?";
    const kind = flags.get(`${name} ${arg.name}`) ?? nameOf(arg.type);
    const usual = arg.defaultValue === null ? "" : `\`${arg.defaultValue}\``;
    return `| \`--${kebab(arg.name)}\` | \`${kind}${usual ? "" : shown}\` | ${usual} | ${oneLine(arg.description)} |`;
  });
  const table = ["| argument | type | default | |", "|---|---|---|---|", ...rows].join("\n");
  const answer = `Answers \`${nameOf(type).replace(/^Kitchen(?=.)/u, "")}\`.`;
  return [
    `### ${kebab(name)}`,
    description ?? "",
    ...(rows.length > 0 ? [table] : []),
    answer,
  ].join("\n\n");
}

/**
 * What kind of thing an argument takes that GraphQL knows as an ID only: the help of its function
 * says so, wherever it is reached.
 */
async function flagTypes(types) {
  const asked = functionsWithIds(types);
  const found = new Map();
  const worker = async () => {
    for (let next = asked.shift(); next; next = asked.shift()) {
      const { path, name, args } = next;
      const help = await run(["call", ...path, "--help"], "");
      for (const [, flag, kind] of help.matchAll(/^ +--([\w-]+) (\w+)/gmu)) {
        const arg = args.find((each) => kebab(each.name) === flag);
        if (arg) found.set(`${name} ${arg.name}`, kind);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  return found;
}

function functionsWithIds(types) {
  const chains = new Map([["Kitchen", []]]);
  const found = [];
  for (const [type, chain] of chains) {
    for (const { name, args, type: answer } of types.find((each) => each.name === type).fields) {
      const path = [...chain, kebab(name)];
      const next = nameOf(answer);
      if (types.some((each) => each.name === next) && !chains.has(next)) chains.set(next, path);
      if (args.some((arg) => /\bID\]?$/u.test(nameOf(arg.type)))) found.push({ path, name, args });
    }
  }
  return found;
}

function nameOf(type) {
  if (type.kind === "LIST") return `[${nameOf(type.ofType)}]`;
  return type.kind === "NON_NULL" ? nameOf(type.ofType) : type.name;
}

function kebab(name) {
  return name.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);
}

function oneLine(text) {
  return (text ?? "").replace(/\s+/gu, " ").replaceAll("|", "\\|");
}

/** Runs galley on this repository; answers what it printed. */
function run(args, input) {
  const child = spawn(process.execPath, [galley, ...args], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (bytes) => {
    output += bytes.toString("utf8");
  });
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("close", (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`galley ${args.join(" ")} ended with ${code}`));
    });
  });
}
