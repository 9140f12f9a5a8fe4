import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { borrow } from "../borrow.ts";
import type { CacheFolder } from "../cache-folder.ts";
import { withLock } from "../runner/process-lock.ts";
import { ApiError } from "../tree/api-error.ts";
import { type Digest, digestOfJson, hexOf } from "../tree/digest.ts";
import type { ResolvedImage } from "./image.ts";
import {
  formatReference,
  parseReference,
  type Reference,
  type RegistryService,
} from "./reference.ts";
import {
  ImageNotFound,
  probeRegistry,
  pullImage,
  RegistryUnreachable,
  silenceOf,
} from "./registry.ts";
import type { RegistryLogin } from "./registry-login.ts";
import { isLoopback, placesOf } from "./registry-settings.ts";
import { findStandIn, makeStandIn, standInDigest, standInNames } from "./stand-ins/index.ts";

export interface ImageContext {
  readonly cache: CacheFolder;
  readonly signal: AbortSignal;
  readonly login?: RegistryLogin;
  log(line: string): void;
}

/** How long a tag means what it meant when it was last asked for. */
const tagLifetime = 24 * 3600 * 1000; // milliseconds
/** How long a registry that did not answer is not asked again. */
const silence = 10 * 60 * 1000; // milliseconds

/**
 * The image that a reference means: from its registry, or, when nobody answers there, a stand-in.
 * Every use of a stand-in is announced.
 */
export async function resolveImage(
  text: string,
  platform: string,
  context: ImageContext,
  service?: RegistryService,
): Promise<ResolvedImage> {
  const reference = { ...parseReference(text), ...(service ? { service } : {}) };
  const full = formatReference(reference);
  const { key, path } = placeOf(reference, platform, context.cache);
  // A registry that is a service may hold something else each time that it is started.
  const tagHolds = service ? -1 : tagLifetime;
  const lifetime = reference.digest ? Number.POSITIVE_INFINITY : tagHolds;
  const current = () => readKnown(path, reference, platform, context.cache, lifetime);
  const resolved =
    current() ??
    (await withLock(context.cache, key, context.signal, async () => {
      const there = current() ?? (await borrowed(reference, platform, context.cache));
      if (there) return there;
      const fresh = await bring(reference, platform, context);
      writeWhole(path, JSON.stringify(fresh), context.cache);
      return fresh;
    }));
  if (resolved.standIn) context.log(`${full}: stand-in (${resolved.standIn})`);
  return resolved;
}

/** The image as the cache folder that lends has it, whenever that asked for it. */
async function borrowed(
  reference: Reference,
  platform: string,
  cache: CacheFolder,
): Promise<ResolvedImage | undefined> {
  const { lender } = cache;
  if (lender === undefined || reference.service) return undefined;
  const there = { ...cache, root: lender, layers: join(lender, "layers") };
  const { path } = placeOf(reference, platform, there);
  const known = readKnown(path, reference, platform, there, Number.POSITIVE_INFINITY);
  if (!known || !(await borrow(cache, join("layers", known.layer)))) return undefined;
  writeWhole(placeOf(reference, platform, cache).path, JSON.stringify(known), cache);
  return known;
}

function placeOf(reference: Reference, platform: string, cache: CacheFolder) {
  const key = digestOfJson([
    ...["image", formatReference(reference), platform],
    ...(reference.service ? [reference.service.identity] : []),
  ]);
  return { key, path: join(cache.root, "images", `${hexOf(key)}.json`) };
}

/**
 * Can a container that was made from an image of this digest still be had? Not when it was a
 * stand-in, and galley makes another one by now.
 */
export function canStillBeHad(
  text: string,
  platform: string,
  digest: Digest,
  cache: CacheFolder,
): boolean {
  const reference = parseReference(text);
  const { path } = placeOf(reference, platform, cache);
  const standIn = findStandIn(reference);
  if (!standIn || !existsSync(path)) return true;
  const known = JSON.parse(readFileSync(path, "utf8")) as ResolvedImage;
  return known.standIn === undefined || standInDigest(standIn, reference, platform) === digest;
}

async function bring(
  reference: Reference,
  platform: string,
  context: ImageContext,
): Promise<ResolvedImage> {
  const full = formatReference(reference);
  try {
    await probe(reference, context);
    return await pullImage(reference, platform, context);
  } catch (error) {
    const standIn = reference.digest || reference.service ? undefined : findStandIn(reference);
    if (standIn && (await isOutOfReach(reference, error, context))) {
      return makeStandIn(standIn, reference, platform, context);
    }
    if (!(error instanceof RegistryUnreachable)) throw error;
    const hint = isLoopback(reference.registry)
      ? ""
      : ` (no stand-in for it either: there are some for ${standInNames().join(", ")})`;
    throw new ApiError(
      `failed to resolve image ${JSON.stringify(full)} (platform: ${JSON.stringify(platform)}): ${error.message}${hint}`,
    );
  }
}

/** Nobody answers; or only a mirror does, which does not have it. */
async function isOutOfReach(
  { registry }: Reference,
  error: unknown,
  { signal }: ImageContext,
): Promise<boolean> {
  if (error instanceof RegistryUnreachable) return true;
  const isMirrored = error instanceof ImageNotFound && placesOf(registry).length > 1;
  return isMirrored && (await silenceOf(registry, signal)) !== undefined;
}

/** Asks the registry for a sign of life, unless it gave none a moment ago. */
async function probe(reference: Reference, { cache, signal }: ImageContext): Promise<void> {
  const { registry, service } = reference;
  if (service) return;
  // Who has named mirrors is asking them, whatever was there a moment ago.
  if (placesOf(registry).length > 1) return probeRegistry(reference, signal);
  const path = join(cache.root, "images", `unreachable-${encodeURIComponent(registry)}`);
  const age = existsSync(path) ? Date.now() - statSync(path).mtimeMs : Infinity;
  if (age < silence) throw new RegistryUnreachable(reference, readFileSync(path, "utf8"));
  try {
    await probeRegistry(reference, signal);
  } catch (error) {
    if (error instanceof RegistryUnreachable) writeWhole(path, error.why, cache);
    throw error;
  }
}

function readKnown(
  path: string,
  reference: Reference,
  platform: string,
  cache: CacheFolder,
  lifetime: number,
): ResolvedImage | undefined {
  if (!existsSync(path) || Date.now() - statSync(path).mtimeMs > lifetime) return undefined;
  const known = JSON.parse(readFileSync(path, "utf8")) as ResolvedImage;
  const standIn = known.standIn === undefined ? undefined : findStandIn(reference);
  // A stand-in of an older recipe is none any more.
  if (standIn && known.digest !== standInDigest(standIn, reference, platform)) return undefined;
  return existsSync(join(cache.layers, known.layer)) ? known : undefined;
}

function writeWhole(path: string, text: string, cache: CacheFolder): void {
  mkdirSync(join(path, ".."), { recursive: true });
  const draft = join(cache.tmp, crypto.randomUUID());
  writeFileSync(draft, text);
  renameSync(draft, path);
}
