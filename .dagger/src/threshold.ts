import { nearest } from "./did-you-mean.ts";

/** A condition that a load test has to meet: `p95 < 300ms on POST /orders`. */
export interface Threshold {
  /** as it was written */
  readonly text: string;
  readonly metric: "percentile" | "mean" | "max" | "errors" | "rps";
  /** milliseconds, percent, or requests a second */
  readonly limit: number;
  /** whether the limit itself is within */
  readonly inclusive: boolean;
  /** of `percentile`: part of the requests, in percent */
  readonly percent?: number;
  /** method and name of the requests that it is about (default: all) */
  readonly endpoint?: string;
}

/** A threshold that cannot be read: what is wrong, and at which character. */
export class ThresholdError extends Error {
  constructor(
    message: string,
    /** counted from 0 */
    readonly offset: number,
  ) {
    super(message);
  }
}

const metrics = ["p50", "p90", "p95", "p99", "avg", "max", "errors", "rps"];
const units = { ms: 1, s: 1000, "%": 1, "/s": 1 } as const;
const shape = "METRIC < LIMIT, and perhaps `on METHOD NAME`: p95 < 300ms on POST /orders";

/**
 * Reads one threshold: `p95 < 300ms`, `avg <= 0.2s`, `errors < 1%`, `rps > 50`, each for all requests
 * or `on` those of one method and name as Locust has them.
 *
 * @throws ThresholdError at the first character that cannot be understood
 */
export function parseThreshold(text: string): Threshold {
  let at = 0;
  const skip = () => {
    at += /^\s*/.exec(text.slice(at))?.[0].length ?? 0;
  };
  /** The next word of this form and where it stands. */
  const take = (form: RegExp, needed: string) => {
    skip();
    const found = new RegExp(`^(?:${form.source})`).exec(text.slice(at))?.[0];
    if (found === undefined) {
      const rest = text.slice(at).split(/\s/)[0];
      const given = rest ? `, not ${JSON.stringify(rest)}` : "";
      throw new ThresholdError(`${needed} is needed${given} (${shape})`, at);
    }
    const offset = at;
    at += found.length;
    return { word: found, offset };
  };

  const name = take(/[A-Za-z][\w.]*/, "a metric such as p95, errors or rps");
  const metric = metricOf(name);
  const operator = take(/[<>]=?/, "< or >");
  const upper = operator.word.startsWith("<");
  if (upper === (metric.metric === "rps")) {
    const right = upper ? ">" : "<";
    const why = upper ? "would forbid more throughput" : "would ask for more of it";
    throw new ThresholdError(`${operator.word} ${why}: write ${right}`, operator.offset);
  }
  const number = take(/\d+(?:\.\d+)?/, "a number");
  const limit = Number(number.word) * unitOf(metric.metric, name.word, text.slice(at), at);
  at += unitText(text.slice(at)).length;
  if (metric.metric === "errors" && limit > 100) {
    throw new ThresholdError(`${limit} % is more than all requests`, number.offset);
  }
  const threshold = { text: text.trim(), ...metric, limit, inclusive: operator.word.endsWith("=") };
  skip();
  if (at === text.length) return threshold;
  take(/on\b/, "`on METHOD NAME`, or nothing,");
  const method = take(/[A-Z]+(?=\s)/, "a method such as GET");
  const path = take(/\S.*/, "a name such as /orders").word.trimEnd();
  return { ...threshold, endpoint: `${method.word} ${path}` };
}

function metricOf({ word, offset }: { word: string; offset: number }) {
  const percent = /^p(\d+(?:\.\d+)?)$/.exec(word)?.[1];
  if (percent !== undefined) {
    if (Number(percent) > 0 && Number(percent) < 100) {
      return { metric: "percentile", percent: Number(percent) } as const;
    }
    throw new ThresholdError(`${word}: a percentile is above 0 and below 100`, offset);
  }
  if (word === "avg") return { metric: "mean" } as const;
  if (word === "max" || word === "errors" || word === "rps") return { metric: word } as const;
  const near = nearest(word, metrics);
  const hint = near ? `did you mean ${near}?` : `known: ${metrics.join(", ")}`;
  throw new ThresholdError(`unknown metric ${word} (${hint})`, offset);
}

/** The letters after a number, which `on` is not part of. */
function unitText(rest: string): string {
  const found = /^\s*(?:[A-Za-zµ%/]+)/.exec(rest)?.[0] ?? "";
  return found.trim() === "on" ? "" : found;
}

/** What a limit in this unit is multiplied with. */
function unitOf(metric: Threshold["metric"], word: string, rest: string, at: number): number {
  const found = unitText(rest);
  const unit = found.trim();
  const offset = at + found.length - unit.length;
  const wanted = { errors: ["%"], rps: ["", "/s"] }[metric as "errors" | "rps"] ?? ["ms", "s"];
  if (wanted.includes(unit)) return units[unit as keyof typeof units] ?? 1;
  const near = nearest(unit, wanted.filter(Boolean));
  const hint = unit && near ? ` (did you mean ${near}?)` : "";
  const known = wanted.map((each) => each || "no unit").join(" or ");
  throw new ThresholdError(
    unit
      ? `unknown unit ${unit}${hint}: ${word} takes ${known}`
      : `no unit: ${word} takes ${known}`,
    offset,
  );
}

/** A mistake in a threshold that was given on its own, with a mark below its place. */
export function pointAt(text: string, { message, offset }: ThresholdError): string {
  return `thresholds:${offset + 1} ${message}\n  ${text}\n  ${" ".repeat(offset)}^`;
}
