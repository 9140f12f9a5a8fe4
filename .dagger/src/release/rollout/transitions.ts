import { analyse, type Finding, looks, type Verdict, verdictOf } from "./analysis.ts";
import { type Cohort, nothing, percentile, together } from "./cohort.ts";
import {
  comparedWith,
  type Entry,
  isOver,
  type Rollout,
  type Seen,
  wantedWeight,
  weightOf,
} from "./rollout.ts";

/** The one thing to do next. Each can be done a second time and changes nothing then. */
export type Action =
  | { readonly kind: "apply" }
  | { readonly kind: "deploy" }
  | { readonly kind: "probe" }
  | { readonly kind: "shift"; readonly weight: number }
  | { readonly kind: "observe"; readonly seconds: number }
  | { readonly kind: "revert" };

/** How it went; `problem` says in words what was wrong. */
export type Outcome =
  | { readonly kind: "done"; readonly words?: string }
  /** it cannot be known how much of it was done */
  | { readonly kind: "failed"; readonly problem: string }
  | {
      readonly kind: "observed";
      readonly seconds: number;
      readonly now: Cohort;
      readonly old: Cohort;
      /** what is not known of them, in words */
      readonly lacks?: string;
    }
  /** nothing was measured */
  | { readonly kind: "unknown"; readonly problem: string };

/** What is to be done; undefined: nothing, it is over. */
export function nextAction(rollout: Rollout): Action | undefined {
  const { phase, settings } = rollout;
  switch (phase) {
    case "applying":
      return { kind: "apply" };
    case "deploying":
      return { kind: "deploy" };
    case "probing":
      return { kind: "probe" };
    case "shifting":
      return { kind: "shift", weight: weightOf(rollout) };
    case "soaking":
      return { kind: "observe", seconds: Math.max(1, longest(rollout) / looks) };
    case "watching":
      return { kind: "observe", seconds: Math.max(1, settings.watch / looks) };
    case "reverting":
      return { kind: "revert" };
    case "done":
    case "reverted":
      return undefined;
  }
}

/** The rollout after its next action went like this. */
export function after(rollout: Rollout, outcome: Outcome, at: Date): Rollout {
  const { phase } = rollout;
  if (isOver(rollout)) return rollout;
  if (outcome.kind === "failed") {
    // What goes back is tried again until it is back.
    const failure = rollout.failure ?? outcome.problem;
    return changed(rollout, { phase: "reverting", failure }, outcome.problem, at);
  }
  if (phase === "soaking" || phase === "watching") return observed(rollout, outcome, at);
  const words = (usual: string) => (outcome.kind === "done" && outcome.words) || usual;
  switch (phase) {
    case "applying":
      return changed(rollout, { phase: "deploying" }, words("the plan is applied"), at);
    case "deploying":
      return changed(rollout, { phase: "probing" }, words("it is deployed, without traffic"), at);
    case "probing":
      return changed(rollout, { phase: "shifting" }, words("it answers as it should"), at);
    case "shifting":
      return shifted(rollout, at);
    default:
      return changed(rollout, { phase: "reverted" }, words("traffic and DAGs are back"), at);
  }
}

function shifted(rollout: Rollout, at: Date): Rollout {
  if (rollout.kind === "rollback") {
    return changed(rollout, { phase: "done" }, "all traffic is there", at);
  }
  const words = `it has ${wantedWeight(rollout)} % of the traffic`;
  return changed(rollout, { ...untouched, phase: "soaking" }, words, at);
}

/** Back to the old version, whatever it was doing; what is over stays as it is. */
export function abort(rollout: Rollout, why: string, at: Date, look?: Entry["look"]): Rollout {
  if (isOver(rollout)) return rollout;
  const failure = rollout.failure ?? why;
  return changed(rollout, { phase: "reverting", failure }, why, at, look);
}

const untouched = { looked: 0, soaked: 0, now: nothing, old: nothing, errors: 0 } as const;

function observed(rollout: Rollout, outcome: Outcome, at: Date): Rollout {
  const seconds = outcome.kind === "observed" ? outcome.seconds : actionSeconds(rollout);
  const looked = rollout.looked + 1;
  const seen = { ...rollout, looked, soaked: rollout.soaked + seconds };
  if (outcome.kind !== "observed") {
    const problem = outcome.kind === "unknown" ? outcome.problem : "nothing was measured";
    const errors = rollout.errors + 1;
    if (errors >= rollout.settings.errors) {
      return abort(seen, `${errors} measurements failed one after the other: ${problem}`, at);
    }
    return decided({ ...seen, errors }, "inconclusive", problem, at);
  }
  const now = together(rollout.now, outcome.now);
  const old = together(rollout.old, outcome.old);
  if (!now || !old) {
    const problem = "the histograms have other bounds than before: they cannot be added";
    return observed(rollout, { kind: "unknown", problem }, at);
  }
  const step = { ...seen, errors: 0, now, old };
  const look = { seconds: outcome.seconds, now: seenOf(outcome.now), old: seenOf(outcome.old) };
  const { limits, confidence } = rollout.settings;
  const findings = analyse(step.now, comparedWith(step), limits, confidence);
  const verdict = verdictOf(findings);
  const failed = findings.filter((each) => each.verdict === "fail");
  const open = findings.filter((each) => each.verdict === "inconclusive");
  const words =
    failed.length > 0
      ? failed.map(said).join("; ")
      : open.length > 0
        ? [...(outcome.lacks ? [outcome.lacks] : []), undecided(now, open)].join("; ")
        : "nothing is worse";
  return decided(step, verdict, words, at, look);
}

function undecided({ requests }: Cohort, open: readonly Finding[]): string {
  return `${requests} requests do not tell yet: ${open.map(({ measure }) => measure).join(", ")}`;
}

/** What a verdict on the present step leads to. */
function decided(
  rollout: Rollout,
  verdict: Verdict,
  words: string,
  at: Date,
  look?: Entry["look"],
): Rollout {
  const { phase, settings, step, looked, soaked, now, old } = rollout;
  const next = (fields: Partial<Rollout>, said = words) => changed(rollout, fields, said, at, look);
  if (verdict === "fail") return abort(rollout, words, at, look);
  if (phase === "watching") {
    const over = looked >= looks || soaked >= settings.watch;
    return over ? next({ phase: "done" }, `watched to the end: ${words}`) : next({});
  }
  const asked = settings.steps[step];
  const enough = asked && soaked >= asked.soak && now.requests >= asked.requests;
  if (verdict === "pass" && enough) {
    if (asked.weight === 100) return next({ ...untouched, phase: "watching" });
    return next({ ...untouched, baseline: old, phase: "shifting", step: step + 1 });
  }
  if (looked < looks) return next({});
  return abort(rollout, `inconclusive after ${Math.round(soaked)} s: ${words}`, at, look);
}

function changed(
  rollout: Rollout,
  fields: Partial<Rollout>,
  words: string,
  at: Date,
  look?: Entry["look"],
): Rollout {
  const { phase } = rollout;
  const entry: Entry = {
    ...{ at: at.toISOString(), phase, weight: weightOf(rollout), words },
    ...(look ? { look } : {}),
  };
  return { ...rollout, ...fields, revision: rollout.revision + 1, log: [...rollout.log, entry] };
}

function seenOf(cohort: Cohort): Seen {
  const { requests, errors } = cohort;
  const of = (percent: number) => percentile(cohort, percent) ?? null;
  return { requests, errors, latency: { p50: of(50), p95: of(95), p99: of(99) } };
}

/** Seconds that a step may take. */
function longest({ settings, step }: Rollout): number {
  return (settings.steps[step]?.soak ?? 0) * settings.patience;
}

function actionSeconds(rollout: Rollout): number {
  const action = nextAction(rollout);
  return action?.kind === "observe" ? action.seconds : 0;
}

function said({ measure, interval: { lower, upper }, limit }: Finding): string {
  return `${measure} is ${percent(lower)} to ${percent(upper)}, limit ${percent(limit)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}
