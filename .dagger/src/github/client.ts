import { Octokit } from "@octokit/core";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import type Whole from "bottleneck";
// @ts-expect-error the light build, which the plugins use, comes without types
import light from "bottleneck/light.js";

const Bottleneck: typeof Whole = light;

/** How to get at GitHub's API. */
export interface GithubAccess {
  readonly token: string;
  /** `https://api.github.com`, or `https://HOST/api/v3` of a GitHub Enterprise Server */
  readonly apiUrl: string;
  /** milliseconds for a second of waiting, which tests have shorter (default: 1000) */
  readonly second?: number;
}

/** Longest that a rate limit is waited for, in seconds: beyond that a job had better fail. */
const longestWait = 900;
const mostTries = 4;
/** Milliseconds that one answer may take. */
const answerLimit = 30_000;

/** The API is not given as an address. */
export class GithubAddressError extends Error {}

/**
 * A client that waits as GitHub asks (`retry-after`, rate limits), writes once a second at most,
 * and tries again when the network or GitHub fails.
 */
export function githubClient({ token, apiUrl, second = 1000 }: GithubAccess): Octokit {
  // GitHub's own advice for writes, and for those that notify people.
  const paced = (seconds: number) =>
    new Bottleneck.Group({ maxConcurrent: 1, minTime: seconds * second });
  const patient = (retryAfter: number, _options: unknown, _octokit: unknown, tried: number) =>
    retryAfter <= longestWait && tried < mostTries - 1;
  return new (Octokit.plugin(retry, throttling))({
    auth: token,
    baseUrl: checkedAddress(apiUrl),
    userAgent: "kitchen",
    request: {
      fetch: (url: string, init: RequestInit) =>
        fetch(url, { ...init, signal: AbortSignal.timeout(answerLimit) }),
    },
    retry: { retryAfterBaseValue: second },
    throttle: {
      retryAfterBaseValue: second,
      write: paced(1),
      notifications: paced(3),
      onRateLimit: patient,
      onSecondaryRateLimit: patient,
    },
    // What goes wrong is in the error that is thrown.
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
}

function checkedAddress(apiUrl: string): string {
  const url = URL.canParse(apiUrl) ? new URL(apiUrl) : undefined;
  const usable = url && /^https?:$/.test(url.protocol) && url.username === "" && url.search === "";
  if (!usable) {
    throw new GithubAddressError(
      `API address ${JSON.stringify(apiUrl)}: give it as https://api.github.com, or https://HOST/api/v3`,
    );
  }
  return apiUrl.replace(/\/+$/, "");
}
