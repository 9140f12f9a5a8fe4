import { setTimeout as sleep } from "node:timers/promises";
import type { Secret } from "@dagger.io/dagger";
import * as z from "zod";
import type { PrometheusSettings } from "../../config/rollout-metrics.ts";
import { type Environment, slots } from "../../environments/environment.ts";
import { messageOf } from "../../message-of.ts";
import { type Cohort, nothing } from "./cohort.ts";
import { histogram, type Measure, type MeasuredSlot } from "./measure.ts";

/** The server does not answer, or not what it was asked; the message says what. */
export class PrometheusError extends Error {}

/**
 * By a Prometheus server, with the queries of kitchen.yaml: what it counted in the window that ends
 * when it is asked. A series that it does not have, or that is no number, is not known, and never
 * nothing; a server that does not answer is a measurement that failed.
 */
export function byPrometheus(
  environment: Environment,
  settings: PrometheusSettings,
  token?: Secret,
): Measure {
  return async (seconds) => {
    const since = performance.now();
    await sleep(seconds * 1000);
    const current = await environment.current();
    const authorization = token && `Bearer ${(await token.plaintext()).trim()}`;
    const elapsed = (performance.now() - since) / 1000;
    const measured = slots.map(async (slot) => {
      const { release, weight, served } = current.slots[slot];
      if (release === null) return [];
      const words = { slot, release, window: `${Math.round(elapsed)}s` };
      const ask = (name: keyof Queries) =>
        series(settings.url, filled(settings[name], words), authorization);
      const seen = await Promise.all([ask("requests"), ask("errors"), ask("latency")]);
      return [[slot, { release, weight, served, ...cohortOf(...seen) }] as const];
    });
    const found = (await Promise.all(measured)).flat();
    const wentBack = current.wentBack ?? undefined;
    return { seconds: elapsed, wentBack, slots: Object.fromEntries(found) };
  };
}

type Queries = Pick<PrometheusSettings, "requests" | "errors" | "latency">;

function filled(query: string, words: Readonly<Record<string, string>>): string {
  return query.replace(/\$(\w+)/g, (all, word) => words[word] ?? all);
}

const answerSchema = z.union([
  z.object({
    status: z.literal("success"),
    data: z.object({
      resultType: z.literal("vector"),
      result: z.array(
        z.object({
          metric: z.record(z.string(), z.string()),
          value: z.tuple([z.number(), z.string()]),
        }),
      ),
    }),
  }),
  z.object({ status: z.literal("error"), error: z.string() }),
]);

/** One value of a series, and its labels. */
interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

async function series(url: string, query: string, authorization?: string): Promise<Series[]> {
  const fail = (why: string) => new PrometheusError(`Prometheus at ${url}: ${why}: ${query}`);
  const answer = await fetch(`${url.replace(/\/+$/, "")}/api/v1/query`, {
    method: "POST",
    body: new URLSearchParams({ query }),
    headers: authorization === undefined ? {} : { Authorization: authorization },
    redirect: "error",
    signal: AbortSignal.timeout(20_000),
  }).catch((error) => {
    throw fail(`it does not answer (${messageOf(error.cause ?? error)})`);
  });
  const text = await answer.text();
  const parsed = answerSchema.safeParse(json(text));
  if (!parsed.success) throw fail(`status ${answer.status}, and no vector of numbers`);
  if (parsed.data.status === "error") throw fail(parsed.data.error);
  return parsed.data.data.result.map(({ metric, value }) => ({
    labels: metric,
    value: Number(value[1]),
  }));
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What one version did; nothing is known of it when a series is missing. */
export function cohortOf(
  requests: readonly Series[],
  errors: readonly Series[],
  latency: readonly Series[],
): Pick<MeasuredSlot, "cohort" | "lacks"> {
  const [asked, failed] = [single("requests", requests), single("errors", errors)];
  const bounds = buckets(latency);
  const lacks = [asked, failed, bounds].filter((each) => typeof each === "string");
  if (typeof asked === "string" || typeof failed === "string" || typeof bounds === "string") {
    return { cohort: nothing, lacks: lacks.join(", ") };
  }
  return { cohort: { requests: asked, errors: Math.min(asked, failed), latency: bounds } };
}

/** The number of a query; a text says what it lacks. */
function single(name: string, found: readonly Series[]): number | string {
  const [only, ...others] = found;
  if (!only) return `no series for ${name}`;
  if (others.length > 0) return `${found.length} series for ${name}, where one sum is needed`;
  return Number.isFinite(only.value) ? counted(only.value) : `${name} is ${only.value}`;
}

function buckets(found: readonly Series[]): Cohort["latency"] | string {
  if (found.length === 0) return "no series for latency";
  const known = found.map(({ labels: { le }, value }) => [le, value] as const);
  if (known.some(([le, value]) => le === undefined || !Number.isFinite(value))) {
    return "latency is no histogram of numbers by le";
  }
  return histogram(Object.fromEntries(known.map(([le, value]) => [le, counted(value)])));
}

/** Prometheus reckons what was counted between two scrapes: seldom a whole number. */
function counted(value: number): number {
  return Math.max(0, Math.round(value));
}
