import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import type { CacheFolder } from "../cache-folder.ts";
import { ApiError } from "../tree/api-error.ts";
import { digestOfJson, hexOf } from "../tree/digest.ts";

/** How registries are reached, in the words of Dagger's engine.json. */
const registrySettings = z.strictObject({
  /** registries that are asked first, in this order: `mirror.example.com:5000` */
  mirrors: z.array(z.string().min(1)).default([]),
  /** it speaks plain HTTP */
  http: z.boolean().default(false),
  /** its certificate is not checked */
  insecure: z.boolean().default(false),
});

type Settings = Readonly<Record<string, z.infer<typeof registrySettings>>>;

const engineJson = z.looseObject({
  registries: z.record(z.string(), registrySettings).default({}),
});

/** Where to ask for what is in a registry, its mirrors first. */
export function placesOf(registry: string): string[] {
  return [...(settings()[registry]?.mirrors ?? []), registry];
}

/** Is a registry spoken to by plain HTTP? Those of this machine always are. */
export function isPlain(registry: string): boolean {
  return isLoopback(registry) || settings()[registry]?.http === true;
}

/** Is it not asked who it is? */
export function isUnchecked(registry: string): boolean {
  return isPlain(registry) || settings()[registry]?.insecure === true;
}

export function isLoopback(registry: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/u.test(registry);
}

/** The options by which skopeo knows of mirrors; this machine's own settings of it, without any. */
export function mirrorOptions(cache: CacheFolder): string[] {
  const mirrored = Object.entries(settings()).filter(([, { mirrors }]) => mirrors.length > 0);
  if (mirrored.length === 0) return [];
  const place = (location: string) =>
    `location = ${JSON.stringify(location)}\ninsecure = ${isUnchecked(location)}\n`;
  const text = mirrored
    .map(([registry, { mirrors }]) =>
      [
        `[[registry]]\n${place(registry)}`,
        ...mirrors.map((mirror) => `[[registry.mirror]]\n${place(mirror)}`),
      ].join("\n"),
    )
    .join("\n");
  const file = join(cache.tmp, `registries-${hexOf(digestOfJson(text)).slice(0, 12)}.conf`);
  writeFileSync(file, text);
  return ["--registries-conf", file];
}

/** `~/.config/dagger/engine.json`: read anew each time, as an editor may be open on it. */
function settings(): Settings {
  const folder = process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
  const file = join(folder, "dagger/engine.json");
  if (!existsSync(file)) return {};
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ApiError(`${file} cannot be read: ${(error as Error).message}`);
  }
  const parsed = engineJson.safeParse(json);
  if (parsed.success) return parsed.data.registries;
  const [issue] = parsed.error.issues;
  throw new ApiError(
    `${file}: ${issue?.path.join(".")}: ${issue?.message}; galley knows mirrors, http and insecure of a registry`,
  );
}
