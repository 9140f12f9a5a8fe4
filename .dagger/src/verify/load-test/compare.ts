import * as z from "zod";
import { type Evidence, evidenceSchema, seriesOf } from "./evidence.ts";

/** Milliseconds and percent of requests below which a difference is noise. */
const noise = { latency: 5, errors: 0.1 };

/** The file of an earlier run cannot be compared with; the message says why. */
export class ComparisonError extends Error {}

/** Reads what an earlier run left as load-test.json. */
export function readAccepted(text: string): Evidence {
  try {
    return evidenceSchema.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new ComparisonError(`accepted: no load-test.json of an earlier run: ${why}`);
  }
}

/**
 * What became worse by more than is allowed: the 95th percentile, the part of failed requests, and
 * the throughput, of all requests and of each endpoint that both runs have.
 *
 * @param allowed percent
 * @throws ComparisonError when the two runs did not make the same load
 */
export function regressions(now: Evidence, before: Evidence, allowed: number): string[] {
  for (const what of ["users", "spawnRate", "arrivalRate"] as const) {
    if (now[what] === before[what]) continue;
    throw new ComparisonError(
      `accepted: another load cannot be compared with: ${what} was ${before[what]} and is ${now[what]}`,
    );
  }
  const grown = 1 + allowed / 100;
  const earlier = new Map(seriesOf(before).map((series) => [series.endpoint, series]));
  return seriesOf(now).flatMap((series) => {
    const old = earlier.get(series.endpoint);
    if (!old || series.requests === 0 || old.requests === 0) return [];
    const worse = (what: string, from: number, to: number, unit: string, floor: number) =>
      to > from * grown && to - from > floor
        ? [`${what} of ${series.endpoint} went from ${shown(from)}${unit} to ${shown(to)}${unit}`]
        : [];
    const failed = ({ errors, requests }: { errors: number; requests: number }) =>
      (100 * errors) / requests;
    const slower =
      series.endpoint === "all requests" && series.rps < old.rps / grown
        ? [`throughput went from ${shown(old.rps)} to ${shown(series.rps)} requests a second`]
        : [];
    return [
      ...worse(
        "p95",
        old.percentiles["95"] ?? 0,
        series.percentiles["95"] ?? 0,
        " ms",
        noise.latency,
      ),
      ...worse("errors", failed(old), failed(series), " %", noise.errors),
      ...slower,
    ];
  });
}

/** Three digits that say something. */
export function shown(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))}`;
}
