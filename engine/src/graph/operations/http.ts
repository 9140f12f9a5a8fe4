import { createHash, randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Dispatcher } from "undici";
import type { CacheFolder } from "../../cache-folder.ts";
import type { RunningService } from "../../runner/services.ts";
import { ApiError } from "../../tree/api-error.ts";
import { linkBlob } from "../../tree/blobs.ts";
import type { Digest } from "../../tree/digest.ts";
import type { FileNode } from "../../tree/tree.ts";
import type { Context } from "../context.ts";
import { defineOperation, uncached } from "../operation.ts";
import { type Fetched, keepFetched, keptFetched } from "./http-kept.ts";
import { byContents } from "./tree-source.ts";

/** What is at an address of the web; the input, if any, is the service that answers there. */
export const http = defineOperation<{ url: string; authorization: string | null }, FileNode>({
  name: "http",
  identity: byContents,
  caching: uncached("the web may answer otherwise the next time"),
  async run({ url, authorization }, [service], context, key) {
    const activity = context.events.begin("fetch", `http ${shown(url).split("?", 1)[0]}`, key);
    try {
      const node = await get(url, authorization, service as RunningService | undefined, context);
      activity.end({ kind: "done" });
      return node;
    } catch (error) {
      activity.end({ kind: "failed", message: (error as Error).message });
      throw error;
    }
  },
});

async function get(
  url: string,
  authorization: string | null,
  service: RunningService | undefined,
  context: Context,
): Promise<FileNode> {
  const { cache } = context;
  // What was answered to a secret, or by a service of this session, is not for others to find.
  const named = service ?? serviceNamed(url, context);
  const isPublic = !authorization && !named;
  const kept = isPublic ? keptFetched(cache, url) : undefined;
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (kept?.etag) headers["if-none-match"] = kept.etag;
  else if (kept?.lastModified) headers["if-modified-since"] = kept.lastModified;
  if (authorization) {
    headers.authorization = (await context.secrets.plaintext(authorization)).toString("utf8");
  }
  return withAnswer(url, headers, named, context.signal, async (answer) => {
    if (answer.statusCode === 304 && kept) return nodeOf(kept);
    if (answer.statusCode !== 200) {
      throw new ApiError(`invalid response status ${answer.statusCode} ${answer.statusText}`);
    }
    const written = await receive(answer.body, url, cache);
    const header = (name: string) => [answer.headers[name]].flat()[0];
    const fetched = { ...written, etag: header("etag"), lastModified: header("last-modified") };
    if (isPublic) keepFetched(cache, url, fetched);
    return nodeOf(fetched);
  });
}

/** A service of this session whose own name the address has: it is not looked up in the world. */
function serviceNamed(url: string, { services }: Context): Located | undefined {
  const hostname = URL.canParse(url) ? new URL(url).hostname : "";
  const address = services.addressOf(hostname);
  return address === undefined ? undefined : { hostname, address };
}

type Located = Pick<RunningService, "hostname" | "address">;

function nodeOf({ blob, size, lastModified }: Fetched): FileNode {
  const time = Date.parse(lastModified ?? "");
  return {
    ...{ kind: "file", blob, size, mode: 0o600, uid: 0, gid: 0 },
    mtime: Number.isNaN(time) ? 0 : Math.floor(time / 1000),
  };
}

/** Asks, follows redirects, and gives the answer to `use`; then the connection is closed. */
async function withAnswer<T>(
  url: string,
  headers: Record<string, string>,
  service: Located | undefined,
  signal: AbortSignal,
  use: (answer: Dispatcher.ResponseData) => Promise<T>,
): Promise<T> {
  const { protocol } = parsed(url);
  if (protocol !== "http:" && protocol !== "https:") {
    const scheme = JSON.stringify(protocol.slice(0, -1));
    throw new ApiError(`Get ${quoted(url)}: unsupported protocol scheme ${scheme}`);
  }
  const undici = await import("undici");
  const agent = service
    ? new undici.Agent({ connect: { lookup: lookupOf(service) } })
    : new undici.EnvHttpProxyAgent();
  const dispatcher = agent.compose(undici.interceptors.redirect({ maxRedirections: 10 }));
  try {
    const answer = await undici
      .request(url, { dispatcher, headers, signal })
      .catch((error: unknown) => {
        throw new ApiError(`Get ${quoted(url)}: ${whyNot(error, url)}`);
      });
    answer.body.on("error", () => undefined); // who does not read it to its end does not mind
    return await use(answer);
  } finally {
    await agent.destroy();
  }
}

/** Names of a service are known in containers only. */
function lookupOf({ hostname, address }: Located): typeof import("node:dns")["lookup"] {
  const lookup = (
    name: string,
    { all }: { all?: boolean },
    done: (error: Error | null, found?: unknown, family?: number) => void,
  ) => {
    if (name !== hostname) done(new Error(`lookup ${name}: it is not the service ${hostname}`));
    else if (all) done(null, [{ address, family: 4 }]);
    else done(null, address, 4);
  };
  return lookup as unknown as typeof import("node:dns")["lookup"];
}

/** Writes a body below a name of its own, and keeps it once it is whole. */
async function receive(
  body: Readable,
  url: string,
  cache: CacheFolder,
): Promise<{ blob: Digest; size: number }> {
  const draft = join(cache.tmp, randomUUID());
  const hash = createHash("sha256");
  let size = 0;
  try {
    await pipeline(
      body,
      async function* count(chunks) {
        for await (const chunk of chunks) {
          hash.update(chunk as Buffer);
          size += (chunk as Buffer).length;
          yield chunk;
        }
      },
      createWriteStream(draft, { mode: 0o600 }),
    );
    const blob: Digest = `sha256:${hash.digest("hex")}`;
    linkBlob(cache, blob, draft);
    return { blob, size };
  } catch (error) {
    throw new ApiError(`Get ${quoted(url)}: ended after ${size} bytes: ${whyNot(error, url)}`);
  } finally {
    await rm(draft, { force: true });
  }
}

function whyNot(error: unknown, url: string): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const { hostname, port, protocol } = parsed(url);
  const at = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  switch (code) {
    case "ECONNREFUSED":
      return `dial tcp ${at}: connect: connection refused`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${hostname}: no such host`;
    case "UND_ERR_CONNECT_TIMEOUT":
      return `dial tcp ${at}: i/o timeout`;
    default:
      return message.startsWith("Redirect loop") ? "it redirects to itself" : message || code;
  }
}

function parsed(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new ApiError(`Get ${JSON.stringify(url)}: it is no URL`);
  }
}

function quoted(url: string): string {
  return JSON.stringify(shown(url));
}

/** An address as messages show it: without a password. */
function shown(url: string): string {
  return url.replace(/^(\w+:\/\/[^/?#:@]*):[^/?#@]*@/u, "$1:***@");
}
