import { type ApiCase, askedBy, hasCorpus, readApiCases } from "./corpus.ts";
import { exceptions } from "./exceptions.ts";

export const allCases: readonly ApiCase[] = hasCorpus ? readApiCases() : [];

/** Every case that uses only what galley has, but for the exceptions. */
export const casesOn = allCases.filter(
  (each) => askedBy(each).missing.size === 0 && !(each.key in exceptions),
);
