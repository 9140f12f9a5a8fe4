import { expect, it } from "vitest";
import { looks } from "../src/release/rollout/analysis.ts";
import { nothing } from "../src/release/rollout/cohort.ts";
import { isOver, type Rollout, wantedWeight } from "../src/release/rollout/rollout.ts";
import { abort, after, nextAction, type Outcome } from "../src/release/rollout/transitions.ts";
import { cohort, newRollout, settings } from "./rollout-world.ts";

/** What a crash leaves: what the environment remembers, and what it is. */
interface State {
  readonly rollout: Rollout;
  readonly deployed: boolean;
  /** how often the plan was applied */
  readonly applied: number;
  /** percent for the new version; the old one has the rest */
  readonly weight: number;
}

const at = new Date(0);
const digest = `sha256:${"f".repeat(64)}`;
const wrong: Outcome = { kind: "failed", problem: "wrong" };

/** Every measurement that leads somewhere else, for the seconds of one look. */
function measurements(rollout: Rollout, seconds: number): Outcome[] {
  const seen = (now: ReturnType<typeof cohort>): Outcome => {
    const all = settings.steps[rollout.step]?.weight === 100;
    return { kind: "observed", seconds, now, old: all ? nothing : cohort(2000) };
  };
  const none = { kind: "unknown", problem: "no answer" } as const;
  return [seen(cohort(500)), seen(cohort(500, 60)), seen(cohort(2)), none, wrong];
}

/** Everything that can come of one step, crashes at each point among it. */
function successors(state: State): State[] {
  const { rollout, weight } = state;
  const action = nextAction(rollout);
  if (!action) return [];
  const went = (effect: Partial<State>, outcome: Outcome) => ({
    ...state,
    ...effect,
    rollout: after(rollout, outcome, at),
  });
  const acted = (effect: Partial<State>) => [
    { ...state, ...effect }, // done, and died before it was written down
    went(effect, { kind: "done" }),
    went(effect, wrong), // done, and the answer got lost
    went({}, wrong),
  ];
  // Somebody else may do that at any time.
  const people = [
    { ...state, rollout: abort(rollout, "asked for", at) },
    { ...state, weight: 0 },
  ];
  switch (action.kind) {
    case "apply":
      // A plan that was applied is stale.
      if (state.applied > 0) return [...people, went({}, wrong)];
      return [...people, ...acted({ applied: 1 })];
    case "deploy":
      return [...people, ...acted({ deployed: true })];
    case "probe":
      return [...people, went({}, { kind: "done" }), went({}, wrong)];
    case "shift":
      return [...people, ...acted({ weight: action.weight })];
    case "revert":
      return [...people, ...acted({ weight: 0 })];
    case "observe": {
      const moved = weight !== wantedWeight(rollout);
      const outcomes = moved ? [wrong] : measurements(rollout, action.seconds);
      return [...people, ...outcomes.map((outcome) => went({}, outcome))];
    }
  }
}

/** Two states with one key go on in the same way. */
function keyOf({ rollout, deployed, applied, weight }: State): string {
  const { log: _log, revision: _revision, settings: _settings, failure, ...rest } = rollout;
  return JSON.stringify([rest, failure !== null, deployed, applied > 0, weight]);
}

/** Goes on with nothing going wrong. */
function undisturbed(state: State): State {
  let now = state;
  for (let steps = 0; steps < 100; steps++) {
    const action = nextAction(now.rollout);
    if (!action) return now;
    const stale = action.kind === "apply" && now.applied > 0;
    if (action.kind === "apply") now = { ...now, applied: 1 };
    if (action.kind === "shift") now = { ...now, weight: action.weight };
    if (action.kind === "revert") now = { ...now, weight: 0 };
    if (action.kind === "deploy") now = { ...now, deployed: true };
    const moved = action.kind === "observe" && now.weight !== wantedWeight(now.rollout);
    const good: Outcome =
      action.kind === "observe"
        ? (measurements(now.rollout, action.seconds)[0] as Outcome)
        : { kind: "done" };
    now = { ...now, rollout: after(now.rollout, stale || moved ? wrong : good, at) };
  }
  throw new Error(`it never ends: ${keyOf(state)}`);
}

function holds(state: State): void {
  const { rollout, weight, deployed } = state;
  const allowed = rollout.kind === "return" ? 100 : wantedWeight(rollout);
  if (weight > allowed) throw new Error(`more traffic than its step has: ${keyOf(state)}`);
  if (weight > 0 && !deployed) throw new Error(`traffic to nothing: ${keyOf(state)}`);
  if (rollout.failure !== null && !["reverting", "reverted"].includes(rollout.phase)) {
    throw new Error(`it failed, and does not go back: ${keyOf(state)}`);
  }
  if (rollout.phase === "reverted" && weight !== 0) throw new Error(`not back: ${keyOf(state)}`);
  if (rollout.phase !== "done") return;
  const early = rollout.kind === "promotion" && rollout.looked < looks;
  if (rollout.failure !== null || early) throw new Error(`done too early: ${keyOf(state)}`);
}

/** From one state to the next. */
function moves(before: State, now: State): void {
  const step = now.rollout.step - before.rollout.step;
  if (step !== 0 && step !== 1) throw new Error(`steps left out: ${keyOf(before)}`);
  if (now.weight <= before.weight) return;
  if (before.rollout.failure !== null || before.rollout.phase !== "shifting") {
    throw new Error(`traffic to what failed, or was not asked for: ${keyOf(before)}`);
  }
}

it.each([
  // Enough states to have been somewhere, and which ends there are.
  ["promotion", digest, 0, false, 10_000, ["done", "reverted"]],
  ["rollback", null, 0, false, 10, ["done", "reverted"]],
  ["return", null, 100, true, 2, ["reverted"]],
] as const)(
  "in every state of a %s that can be reached, with a crash at any point, it is safe and ends",
  (kind, plan, weight, deployed, states, ends) => {
    const first: State = { rollout: newRollout(kind, plan), deployed, applied: 0, weight };
    const seen = new Map([[keyOf(first), first]]);
    const reached = new Set<string>();
    for (const state of seen.values()) {
      holds(state);
      const end = undisturbed(state);
      holds(end);
      if (!isOver(end.rollout)) throw new Error(`no end: ${keyOf(state)}`);
      reached.add(end.rollout.phase);
      if (!isOver(state.rollout)) {
        const back = undisturbed({ ...state, rollout: abort(state.rollout, "asked for", at) });
        if (back.rollout.phase !== "reverted" || back.weight !== 0) {
          throw new Error(`cannot be brought back: ${keyOf(state)}`);
        }
      }
      for (const next of successors(state)) {
        moves(state, next);
        const key = keyOf(next);
        if (!seen.has(key)) seen.set(key, next);
      }
    }
    expect(seen.size).toBeGreaterThan(states);
    expect([...reached].sort()).toEqual(ends);
  },
);
