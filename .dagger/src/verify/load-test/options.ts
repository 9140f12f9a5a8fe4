import type { Config } from "../../config.ts";
import { parseThreshold, pointAt, type Threshold, ThresholdError } from "../../threshold.ts";

/** What a caller may say; the rest comes from kitchen.yaml. */
export interface LoadArguments {
  readonly users?: number | undefined;
  readonly spawnRate?: number | undefined;
  readonly duration?: string | undefined;
  readonly warmUp?: string | undefined;
  readonly arrivalRate?: number | undefined;
  readonly thresholds?: readonly string[] | undefined;
  readonly processes?: number | undefined;
  readonly workers?: number | undefined;
  readonly maxRegression?: number | undefined;
}

/** How much load, for how long, and what has to hold. Times in seconds. */
export interface LoadOptions {
  readonly users: number;
  readonly spawnRate: number;
  readonly duration: number;
  readonly warmUp: number;
  /** arrivals a second in the open model; undefined: users wait for answers */
  readonly arrivalRate: number | undefined;
  readonly thresholds: readonly Threshold[];
  readonly processes: number;
  /** containers that make load for another one; 0: one container does everything */
  readonly workers: number;
  /** percent */
  readonly maxRegression: number;
}

/** The load cannot be made as it was asked for; the message has a line for each mistake. */
export class LoadOptionsError extends Error {}

/**
 * Puts arguments and kitchen.yaml together.
 *
 * @throws LoadOptionsError that names each mistake with the value that was given
 */
export function loadOptions(given: LoadArguments, { loadTest }: Config): LoadOptions {
  const mistakes: string[] = [];
  const whole = (name: string, value: number, least: number): number => {
    if (!Number.isInteger(value) || value < least) {
      mistakes.push(`${name}: a whole number from ${least} on is needed, not ${value}`);
    }
    return value;
  };
  const seconds = (name: string, text: string | undefined, or: number, least: number): number => {
    const [, number, unit] = /^(\d+)(s|m|h)$/.exec(text ?? `${or}s`) ?? [];
    const value = Number(number) * { s: 1, m: 60, h: 3600 }[(unit ?? "s") as "s" | "m" | "h"];
    if (value >= least) return value;
    mistakes.push(
      `${name}: a duration of at least ${least}s is needed, such as 90s or 10m, not ${text ?? `${or}s`}`,
    );
    return or;
  };

  const users = whole("users", given.users ?? loadTest.users, 1);
  const spawnRate = whole("spawnRate", given.spawnRate ?? loadTest.spawnRate, 1);
  const processes = whole("processes", given.processes ?? 1, 1);
  const workers = whole("workers", given.workers ?? 0, 0);
  const spawning = Math.ceil(users / spawnRate);
  const duration = seconds("duration", given.duration, loadTest.duration, 5);
  const warmUp = seconds("warmUp", given.warmUp, loadTest.warmUp ?? spawning, 0);
  if (mistakes.length === 0 && warmUp < spawning) {
    mistakes.push(
      `warmUp: ${warmUp}s end before all are there: ${users} users at ${spawnRate} a second take ${spawning}s`,
    );
  }
  const arrivalRate =
    given.arrivalRate === undefined ? undefined : whole("arrivalRate", given.arrivalRate, 1);
  const generators = workers > 0 ? workers : processes;
  if (workers > 0 && processes > 1) {
    mistakes.push(`processes: ${processes} given with workers: a worker is one process`);
  }
  if (mistakes.length === 0 && users < generators) {
    mistakes.push(`users: ${users} given, but each of ${generators} generators needs one`);
  }
  const maxRegression = whole("maxRegression", given.maxRegression ?? loadTest.maxRegression, 0);
  const thresholds = given.thresholds?.flatMap((text) => {
    try {
      return [parseThreshold(text)];
    } catch (error) {
      if (!(error instanceof ThresholdError)) throw error;
      mistakes.push(pointAt(text, error));
      return [];
    }
  });
  if (mistakes.length > 0) throw new LoadOptionsError(mistakes.join("\n"));
  return {
    users,
    spawnRate,
    duration,
    warmUp,
    arrivalRate,
    thresholds: thresholds ?? loadTest.thresholds,
    processes,
    workers,
    maxRegression,
  };
}
