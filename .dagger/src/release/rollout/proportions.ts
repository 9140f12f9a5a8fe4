/** Intervals for shares of requests: what can be said of a share from so many requests. */

export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/** `count` of `total` requests. */
export interface Share {
  readonly count: number;
  readonly total: number;
}

/**
 * Wilson's score interval for a share (Wilson 1927): holds for few requests, and for none or all of
 * them counted, where the textbook's interval has no width.
 *
 * @param z how many standard deviations wide, each way: see `normalQuantile`
 */
export function shareInterval({ count, total }: Share, z: number): Interval {
  if (total === 0) return { lower: 0, upper: 1 };
  const share = count / total;
  const spread = z * z;
  const centre = share + spread / (2 * total);
  const half = z * Math.sqrt((share * (1 - share)) / total + spread / (4 * total * total));
  const scale = 1 + spread / total;
  return {
    lower: count === 0 ? 0 : Math.max(0, (centre - half) / scale),
    upper: count === total ? 1 : Math.min(1, (centre + half) / scale),
  };
}

/**
 * Newcombe's interval for the difference of two independent shares, `one - other` (Newcombe 1998,
 * method 10): the two-proportion test, turned into what the difference may be.
 */
export function differenceInterval(one: Share, other: Share, z: number): Interval {
  if (one.total === 0 || other.total === 0) return { lower: -1, upper: 1 };
  const [first, second] = [one.count / one.total, other.count / other.total];
  const [a, b] = [shareInterval(one, z), shareInterval(other, z)];
  const difference = first - second;
  return {
    lower: difference - Math.hypot(first - a.lower, b.upper - second),
    upper: difference + Math.hypot(a.upper - first, second - b.lower),
  };
}

/**
 * Quantile of the standard normal distribution (Wichura 1988, AS 241, PPND7: seven digits).
 *
 * @param probability between 0 and 1
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`probability ${probability}: has to be between 0 and 1`);
  }
  const q = probability - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * polynomial(r, 3.3871327179, 50.434271938, 159.29113202, 59.10937472)) /
      polynomial(r, 1, 17.895169469, 78.757757664, 67.1875636)
    );
  }
  const r = Math.sqrt(-Math.log(q < 0 ? probability : 1 - probability));
  const size =
    r <= 5
      ? polynomial(r - 1.6, 1.4234372777, 2.75681539, 1.3067284816, 0.17023821103) /
        polynomial(r - 1.6, 1, 0.7370016425, 0.12021132975)
      : polynomial(r - 5, 6.657905115, 3.081226386, 0.42868294337, 0.017337203997) /
        polynomial(r - 5, 1, 0.24197894225, 0.012258202635);
  return q < 0 ? -size : size;
}

function polynomial(x: number, ...coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, each) => sum * x + each, 0);
}
