import { type ApiCase, askedBy, hasCorpus, readApiCases } from "./corpus.ts";
import { exceptions } from "./exceptions.ts";

/** Needs that are not met here, since no field that galley has asks for them. */
export const unmetNeeds = ["git"];

export const allCases: readonly ApiCase[] = hasCorpus ? readApiCases() : [];

/** Every case that uses only what galley has, but for the exceptions. */
export const casesOn = allCases.filter(
  (each) =>
    askedBy(each).missing.size === 0 &&
    !each.needs.some((need) => unmetNeeds.includes(need)) &&
    !(each.key in exceptions),
);
