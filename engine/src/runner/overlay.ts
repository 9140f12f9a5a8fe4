import type { LayerId } from "../cache-folder.ts";

/** A mount's options fit one page: a name of 12 characters and a colon each, the rest kept free. */
export const mostLayers = 240;

/** Overlay mounts as lines of a shell script that stands in the layers' folder. */
export interface OverlayMount {
  readonly layers: readonly LayerId[];
  /** folders below all layers: mount points that must not show afterwards */
  readonly below: readonly string[];
  /** where writes go; without it the mount is read-only */
  readonly upper?: string;
  readonly work?: string;
  readonly at: string;
}

/** The command that mounts it; lower layers are named relative to the layers' folder. */
export function mountCommand(overlay: OverlayMount): string {
  const lower = [...[...overlay.layers].reverse(), ...overlay.below];
  if (!overlay.upper && lower.length === 1) {
    return `mount --bind ${quote(lower[0] as string)} ${quote(overlay.at)}`;
  }
  const options = [`lowerdir=${lower.join(":")}`];
  if (overlay.upper) options.push(`upperdir=${overlay.upper}`, `workdir=${overlay.work}`);
  else options.push("ro");
  return `mount -t overlay overlay -o ${quote(options.join(","))} ${quote(overlay.at)}`;
}

/** One word of a shell script. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
