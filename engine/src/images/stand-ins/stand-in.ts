import type { ImageConfig } from "../image.ts";
import type { Reference } from "../reference.ts";
import type { ImageContext } from "../resolve.ts";

/** An image made on this machine, for a reference whose registry cannot be reached. */
export interface StandIn {
  /** as shown to people: `python:3.13-slim-trixie` */
  readonly name: string;
  matches(reference: Reference): boolean;
  /** of what it is made, as shown to people */
  readonly madeOf: string;
  /** changes whenever the build does: the digest of a stand-in is the digest of its recipe */
  readonly recipe: string;
  config(reference: Reference): ImageConfig;
  build(root: string, reference: Reference, context: ImageContext): Promise<void>;
}

/** Matches one repository, whatever its tag. */
export function repository(registry: string, name: string): StandIn["matches"] {
  return (reference) => reference.registry === registry && reference.repository === name;
}
