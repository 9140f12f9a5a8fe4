import { looks } from "../rollout/analysis.ts";
import { isOver, type Rollout, servedAtEnd } from "../rollout/rollout.ts";
import type { Kept } from "../rollout/run.ts";
import type { Ready } from "./preflight.ts";

/** A rollout for people: what it is about, where it is, and everything that happened. */
export function rolloutText(environment: string, { rollout, lease }: Kept): string {
  const { kind, release, previous, actor, approvals, why, plan, log, failure } = rollout;
  const title = `${kind} of ${release} to ${environment} by ${actor}: ${rollout.phase}`;
  return [
    title,
    `  before    ${previous}`,
    ...(why === "" ? [] : [`  because   ${why}`]),
    ...(failure === null || failure === why ? [] : [`  failed    ${failure}`]),
    ...approvals.map((line) => `  approved  ${line}`),
    ...(plan === null ? [] : [`  plan      ${plan}`]),
    isOver(rollout)
      ? `  serves    ${servedAtEnd(rollout)}`
      : `  moved by  ${lease.holder} since ${lease.since}, who may need until ${lease.until}`,
    ...progress(rollout),
    ...log.map(
      ({ at, weight, phase, words }) =>
        `  ${at}  ${String(weight).padStart(3)} %  ${phase.padEnd(9)}  ${words}`,
    ),
    "",
  ].join("\n");
}

function progress(rollout: Rollout): string[] {
  const { phase, step, settings, looked, soaked, now } = rollout;
  const asked = settings.steps[step];
  if (phase === "watching") {
    return [`  watched   ${Math.round(soaked)} s of ${settings.watch} s`];
  }
  if (phase !== "soaking" || !asked) return [];
  return [
    `  step      ${step + 1} of ${settings.steps.length}: ${asked.weight} % of the traffic, look ${looked + 1} of ${looks}, ${Math.round(soaked)} s of ${asked.soak} s, ${now.requests} of ${asked.requests} requests`,
  ];
}

/** What a promotion would do, step by step. */
export function stepsText(
  environment: string,
  release: string,
  { manifest, settings, plan, approvals, serving }: Ready,
): string {
  const images = manifest.images.map(({ name, digest }) => `${name} ${digest}`).join(", ");
  const first = serving === undefined;
  const steps = [
    ...(plan ? [`apply plan ${plan.digest}: ${plan.text}`] : []),
    `deploy ${first ? "" : "without traffic "}by digest: ${images}`,
    `smoke test${first ? "" : " at weight 0"}`,
    ...(first
      ? ["nothing serves there yet: it has all traffic at once"]
      : [
          ...settings.steps.map(
            ({ weight, soak, requests }) =>
              `${weight} % of the traffic, for ${soak} s and ${requests} requests at least`,
          ),
          `watch for ${settings.watch} s`,
        ]),
  ];
  const { errorRate, errorIncrease, percentile, latency, latencyIncrease } = settings.limits;
  return [
    `dry run: release ${release} may go to ${environment}, and nothing was touched`,
    ...approvals.accepted.map((line) => `  approved  ${line}`),
    ...(first ? [] : [`  before    ${serving}`]),
    ...steps.map((step, index) => `  ${index + 1}. ${step}`),
    ...(first
      ? []
      : [
          `It goes back when more than ${errorRate} % of its requests fail, or ${errorIncrease} points more than before; when its p${percentile} is above ${latency} s, or ${latencyIncrease} % more than before; or when that cannot be said with ${settings.confidence} % confidence.`,
        ]),
    "",
  ].join("\n");
}
