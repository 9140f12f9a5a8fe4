import { nearest } from "../did-you-mean.ts";
import type { Finding } from "../report/finding.ts";
import type { Answer, Diagnostic } from "./answer.ts";
import type { Access } from "./environment.ts";

/** What was asked, as far as it helps to say what was wrong with it. */
export interface Asked {
  readonly environment: string;
  readonly vars: Access["vars"];
  /** seconds */
  readonly lockTimeout: number;
}

/** Why Terraform did not do it, a line for each reason. None when it did. */
export function problemsOf(answer: Answer, asked: Asked): string[] {
  const { problem, diagnostics } = answer;
  if (!problem) return [];
  if (problem.kind !== "diagnostics") return [problem.message];
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const lines = errors.filter(isOwnNews).map((each) => explain(each, answer, asked));
  return [...new Set(lines)];
}

/** Errors that have a place in the source, as findings. */
export function diagnosticFindings(answer: Answer, asked: Asked): Finding[] {
  return answer.diagnostics.flatMap((each) => {
    if (each.severity !== "error" || each.path === undefined) return [];
    const message = explain({ ...each, path: undefined }, answer, asked);
    const rule = each.summary.replace(/\W+/g, "-").toLowerCase();
    return [
      {
        ...{ tool: "terraform", rule, level: "error", message, path: each.path },
        ...{ line: each.line ?? 1, column: each.column ?? 1 },
        fingerprint: `terraform:${rule}:${each.path}:${each.detail}`,
      } as const,
    ];
  });
}

/** Some errors only say that there are others. */
export function isOwnNews({ summary }: Diagnostic): boolean {
  return !/^(?:Terraform encountered problems during initiali|Failed to persist state)/.test(
    summary,
  );
}

function explain(diagnostic: Diagnostic, answer: Answer, asked: Asked): string {
  const { summary, detail, path, line } = diagnostic;
  const place = path === undefined ? "" : `${path}:${line}: `;
  const all = `${summary} ${detail}`;
  for (const [pattern, say] of explanations) {
    const match = pattern.exec(all);
    if (match) return `${place}${say(match, { ...diagnostic, answer, asked })}`;
  }
  return `${place}${said(diagnostic)}`;
}

type Context = Diagnostic & { readonly answer: Answer; readonly asked: Asked };

/** Terraform's own words on one line. */
function said({ summary, detail }: Pick<Diagnostic, "summary" | "detail">): string {
  const words = [summary, detail].map((text) => text.replace(/\s+/g, " ").trim());
  return words.filter(Boolean).join(": ");
}

const explanations: readonly (readonly [
  RegExp,
  (match: RegExpExecArray, context: Context) => string,
])[] = [
  [/Error acquiring the state lock/, (_, context) => heldLock(context)],
  [
    /No value for required variable.*variable "(\w+)"/s,
    ([, name]) =>
      `variable ${name} has no value: give it as --vars ${name}=…, or a secret one as --secrets env:TF_VAR_${name}`,
  ],
  [
    /Invalid value for.*?var\.(\w+) set (?:using|from)[^:]*?: (.*)/s,
    ([, name, why], { asked }) => {
      const given = asked.vars.find((each) => each.startsWith(`${name}=`));
      const value = given === undefined ? "" : `, not ${given.slice(`${name}=`.length)}`;
      return `variable ${name}: ${why?.replace(/\s+/g, " ").replace(/\.\s*$/, "")}${value}`;
    },
  ],
  [
    /Value for undeclared variable.*variable named "(\w+)"/s,
    ([, name = ""], { answer }) => {
      const known = Object.keys(answer.places).flatMap(
        (each) => /^var\.(.+)$/.exec(each)?.[1] ?? [],
      );
      const near = nearest(name, known);
      return `there is no variable ${name}${near ? ` (did you mean ${near}?)` : ""}: there are ${known.join(", ") || "none"}`;
    },
  ],
  [
    /Failed to (?:query available|install) provider.*?provider ([\w./-]+)/s,
    ([, name], { detail }) =>
      `provider ${name} cannot be had; where its registry cannot be reached, give a folder of packages as --mirror: ${said({ summary: "", detail: detail.split("\n\n", 1)[0] ?? "" })}`,
  ],
  [
    /credential|unauthori[sz]ed|forbidden|access ?denied|http 40[13]|status code: 40[13]|authentication failed/i,
    (_, context) =>
      `the credentials are missing or not taken (backend ${context.answer.backend}, or a provider): give them as secrets, such as --secrets env:AWS_ACCESS_KEY_ID: ${said(context)}`,
  ],
  [
    /connection refused|no such host|dial tcp|i\/o timeout|giving up after|deadline exceeded|EOF/i,
    (_, context) =>
      `something cannot be reached (backend ${context.answer.backend}, or what a provider asks): ${said(context)}`,
  ],
];

function heldLock({ detail, answer: { holder, backend }, asked }: Context): string {
  const read = (name: string) => new RegExp(`^\\s*${name}:\\s*(.*?)\\s*$`, "m").exec(detail)?.[1];
  const id = text(holder?.ID) ?? /ID=([\w-]+)/.exec(detail)?.[1] ?? read("ID");
  // Of an http backend Terraform shows its own request in the place of the holder's.
  const ours = backend === "http" && !holder;
  const who = text(holder?.Who) ?? (ours ? undefined : read("Who"));
  const since = text(holder?.Created) ?? (ours ? undefined : read("Created"));
  const what = text(holder?.Operation) ?? (ours ? undefined : read("Operation"));
  if (!/Lock Info/.test(detail) && !id) {
    return `the state is locked, and waiting ${asked.lockTimeout} s did not help: ${said({ summary: "", detail })}`;
  }
  const time = since
    ?.replace(/\.\d+/, "")
    .replace("T", " ")
    .replace(/ \+0000 UTC|Z$/, " UTC");
  const doing = what ? ` for ${what.replace("OperationType", "").toLowerCase()}` : "";
  return `the state is locked by ${who ?? "somebody whom the backend does not name"}${time ? ` since ${time}` : ""}${doing}, and waiting ${asked.lockTimeout} s did not help. When nobody is at work there any more: dagger call terraform-unlock --environment ${asked.environment} --lock-id ${id}`;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
