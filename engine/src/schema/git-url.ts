import { ApiError } from "../tree/api-error.ts";

/** An address of a git repository; what follows `#` names a ref, and after `:` a folder in it. */
export interface GitUrl {
  readonly url: string;
  readonly ref: string;
  readonly path: string;
}

const schemes = ["http", "https", "ssh", "git"];

/** Reads an address; undefined: it names no protocol, so it may be a path, or lack its `https://`. */
export function parseGitUrl(address: string): GitUrl | undefined {
  if (address.startsWith("file://")) return undefined;
  const scheme = /^([a-zA-Z0-9]+):\/\//u.exec(address)?.[1]?.toLowerCase();
  const [url = "", fragment = ""] = address.split(/#(.*)/su);
  const [ref = "", path = ""] = fragment.split(/:(.*)/su);
  if (scheme !== undefined) {
    if (!schemes.includes(scheme)) throw new ApiError(`invalid protocol ${JSON.stringify(scheme)}`);
    if (!URL.canParse(url)) throw new ApiError(`parse ${JSON.stringify(url)}: it is no URL`);
    return { url, ref, path };
  }
  // As scp writes it: git@github.com:dagger/dagger.git
  return /^[\w-]+@[\w.-]+:/u.test(address) ? { url, ref, path } : undefined;
}

/** Addresses that may be meant, the likeliest first. */
export function gitUrls(address: string): string[] {
  const given = parseGitUrl(address);
  if (given) return [given.url];
  const guessed = ["https", "ssh"].map((scheme) => `${scheme}://${address.split("#")[0]}`);
  const possible = guessed.filter((url) => URL.canParse(url));
  if (possible.length > 0) return possible;
  throw new ApiError(`unknown protocol: ${JSON.stringify(address)}`);
}
