import type { EcsHost } from "../../config/hosts.ts";
import type { RolloutSettings } from "../../config/rollout.ts";

/** How ECS raises a release's weight by itself; it pauses before each step. */
export interface Shifting {
  readonly strategy: "canary" | "linear";
  /** of the first step, and of each further one of `linear` */
  readonly percent: number;
  /** how long ECS keeps the old version's tasks once all traffic is with the new one */
  readonly bakeMinutes: number;
}

/** A pause of ECS, and its bake time, last no longer. */
const day = 86_400; // seconds

/** A rollout's plan as ECS follows it, or what it cannot follow in it. */
export function shiftingOf(
  strategy: NonNullable<EcsHost["strategy"]>,
  rollout: RolloutSettings | undefined,
): Shifting | { readonly problem: string } {
  if (!rollout) return { problem: "kitchen.yaml: there is no `rollout:`: ECS follows its steps" };
  const { steps, patience, watch } = rollout;
  const weights = steps.map(({ weight }) => weight);
  const [percent = 100] = weights;
  if (!fits[strategy].does(weights)) {
    const have = `kitchen.yaml: rollout.steps have weights ${weights.join(", ")} %`;
    return {
      problem: `${have}: ${fits[strategy].words}; other steps need \`strategy\` left out, and two ECS services`,
    };
  }
  const seconds = Math.max(...steps.map(({ soak }) => soak * patience));
  const last = (steps.at(-1)?.soak ?? 0) * patience + watch;
  if (seconds > day || last > day) {
    return {
      problem: `kitchen.yaml: rollout: a step (soak × patience) may take ${seconds} s, and the last one with \`watch\` ${last} s: ECS waits ${day} s and then goes back`,
    };
  }
  return { strategy, percent, bakeMinutes: Math.ceil(last / 60) };
}

const fits = {
  canary: {
    does: ([first = 100, ...rest]: readonly number[]) =>
      first < 100 && rest.length === 1 && rest[0] === 100,
    words: "ECS's canary has one step and then all traffic, such as 10, 100",
  },
  linear: {
    does: (weights: readonly number[]) => {
      const [step = 100] = weights;
      const equal = weights.every((weight, index) => weight === step * (index + 1));
      return equal && step >= 3 && step < 100;
    },
    words: "ECS's linear steps are equal, and of 3 % at least, such as 25, 50, 75, 100",
  },
} as const;
