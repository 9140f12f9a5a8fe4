import type { Policy } from "../config/environments.ts";
import type { Finding } from "../report/finding.ts";
import { type Answer, type Place, type PlanJson, placeOf, type ResourceChange } from "./answer.ts";
import { changesOf, covers } from "./changes.ts";
import { patternOf } from "./pattern.ts";

/** Attributes in which providers say where something is, and how large. */
const regionNames = ["region", "location", "availability_zone", "availability_zones", "zone"];
const sizeNames = [
  ...["instance_type", "instance_types", "instance_class", "node_type", "machine_type"],
  ...["vm_size", "environment_class", "compute_type", "size"],
];

interface Rules {
  readonly policy: Policy;
  /** addresses that no apply may destroy or replace */
  readonly protected: readonly string[];
  readonly path: string;
}

/** What a plan would make that kitchen.yaml does not allow. */
export function policyFindings(
  { plan, places }: Pick<Answer, "plan" | "places">,
  rules: Rules,
): Finding[] {
  if (!plan) return [];
  const finding = (rule: string, address: string, said: string, place?: Place): Finding => ({
    ...{ tool: "policy", rule, level: "error", message: `${address}: ${said}` },
    ...(place ?? placeOf(address, places) ?? { path: rules.path, line: 1 }),
    column: 1,
    fingerprint: `policy:${rule}:${rules.path}:${address}:${said}`,
  });
  const managed = plan.resource_changes.filter(({ mode }) => mode === "managed");
  return [
    ...changesOf({ plan, places }, rules.protected)
      .filter((change) => change.protected)
      .map(({ address, action }) =>
        finding("protected", address, `is protected, and the plan would ${action} it`),
      ),
    ...rules.protected
      .filter((named) => !managed.some(({ address }) => covers(named, address)))
      .map((named) => ({
        ...finding("protects-nothing", named, "is protected, but there is no such resource", {
          path: "kitchen.yaml",
          line: 1,
        }),
        level: "warning" as const,
      })),
    ...providerRegions(plan, rules.policy).map(([provider, said]) =>
      finding("region", `provider.${provider}`, said),
    ),
    ...managed.flatMap((resource) =>
      broken(resource, rules.policy).map(([rule, said]) => finding(rule, resource.address, said)),
    ),
  ];
}

/** Rules that a resource breaks, as it will be. */
function broken({ type, change }: ResourceChange, policy: Policy): [rule: string, said: string][] {
  const after = record(type === "terraform_data" ? record(change.after)?.input : change.after);
  if (!after) return [];
  const unknown = record(change.after_unknown) ?? {};
  const { regions, instanceSizes, requiredTags } = policy;
  const found: [string, string][] = [];
  if (regions) {
    for (const [name, value] of valuesOf(after, regionNames)) {
      if (!regions.some((region) => isIn(value, region))) {
        found.push(["region", `${name} ${value} is not one of ${regions.join(", ")}`]);
      }
    }
  }
  if (instanceSizes) {
    for (const [name, value] of valuesOf(after, sizeNames)) {
      if (!instanceSizes.some((size) => new RegExp(`^${patternOf(size)}$`, "s").test(value))) {
        found.push(["instance-size", `${name} ${value} is not one of ${instanceSizes.join(", ")}`]);
      }
    }
    for (const name of sizeNames.filter((each) => unknown[each] === true)) {
      found.push([
        "instance-size",
        `${name} is not known before the apply, so it cannot be checked`,
      ]);
    }
  }
  const tagged = ["tags", "labels"].find((name) => name in after);
  if (requiredTags && tagged) {
    const tags = { ...record(after[tagged]), ...record(after[`${tagged}_all`]) };
    const missing = requiredTags.filter((name) => !tags[name]);
    if (missing.length > 0) found.push(["required-tags", `has no ${tagged} ${missing.join(", ")}`]);
  }
  return found;
}

/** A zone is in its region: eu-central-1a, europe-west3-b. */
function isIn(place: string, region: string): boolean {
  return place === region || /^-?[a-z]$/.test(place.replace(region, ""));
}

/** Regions that providers are set to, by a constant or by a variable. */
function providerRegions(plan: PlanJson, { regions }: Policy): [provider: string, said: string][] {
  if (!regions) return [];
  return Object.entries(plan.configuration.provider_config).flatMap(
    ([name, { expressions }]): [string, string][] => {
      const value = textOf(expressions?.region, plan);
      if (value === undefined || regions.some((region) => isIn(value, region))) return [];
      return [[name, `region ${value} is not one of ${regions.join(", ")}`]];
    },
  );
}

function textOf(expression: unknown, { variables }: PlanJson): string | undefined {
  const { constant_value: constant, references } = record(expression) ?? {};
  if (typeof constant === "string") return constant;
  const [first] = Array.isArray(references) ? references : [];
  const value =
    typeof first === "string" ? variables[first.replace(/^var\./, "")]?.value : undefined;
  return typeof value === "string" ? value : undefined;
}

/** Texts under some names, at any depth. */
function* valuesOf(
  attributes: Record<string, unknown>,
  names: readonly string[],
): Generator<[name: string, value: string]> {
  for (const [name, value] of Object.entries(attributes)) {
    const inner = Array.isArray(value) ? value : [value];
    for (const each of inner) {
      if (typeof each === "string" && names.includes(name) && each !== "") yield [name, each];
      const deeper = record(each);
      if (deeper) yield* valuesOf(deeper, names);
    }
  }
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
