import type { LayerId } from "../cache-folder.ts";

/**
 * A file system on disk as a stack of overlay layers, lowest first. No layer at all is the empty
 * file system. Layers are never changed once published.
 */
export interface Snapshot {
  readonly layers: readonly LayerId[];
}

/** The empty file system: what a container has before `from`. */
export const scratch: Snapshot = { layers: [] };
