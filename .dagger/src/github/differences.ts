/**
 * Where a repository's setting is not what is wanted, as lines. What is set beyond that is none of
 * them: GitHub adds defaults, and a rule more is no weaker.
 *
 * @param where the setting's name, for people
 */
export function differences(wanted: unknown, real: unknown, where: string): string[] {
  if (Array.isArray(wanted)) return ofLists(wanted, Array.isArray(real) ? real : [], where);
  if (isObject(wanted)) {
    const has = isObject(real) ? real : {};
    return Object.entries(wanted).flatMap(([key, value]) =>
      differences(value, has[key], `${where}.${key}`),
    );
  }
  return wanted === real ? [] : [`${where} is ${shown(real)}, not ${shown(wanted)}`];
}

/** Members of lists are found by their name, whatever their order. */
function ofLists(wanted: readonly unknown[], real: readonly unknown[], where: string): string[] {
  return wanted.flatMap((one) => {
    const name = nameOf(one);
    const same = real.find((other) => nameOf(other) === name);
    if (same === undefined) return [`${where} lacks ${name}`];
    return isObject(one) ? differences(one, same, `${where}.${name}`) : [];
  });
}

/** Both lists hold the same: one more would be a way around the rule. */
export function sameMembers(
  wanted: readonly string[],
  real: readonly string[],
  where: string,
): string[] {
  return [
    ...wanted.filter((one) => !real.includes(one)).map((one) => `${where} lacks ${one}`),
    ...real.filter((one) => !wanted.includes(one)).map((one) => `${where} has ${one} too`),
  ];
}

function nameOf(value: unknown): string {
  if (!isObject(value)) return String(value);
  const { type, context, name } = value;
  return String(type ?? context ?? name ?? JSON.stringify(value));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}
