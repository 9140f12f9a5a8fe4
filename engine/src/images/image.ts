import * as z from "zod";
import type { LayerId } from "../cache-folder.ts";
import type { Digest } from "../tree/digest.ts";

/** `config` of an OCI image configuration, as far as galley uses it. */
export const imageConfigSchema = z.object({
  Env: z.array(z.string()).nullish(),
  User: z.string().nullish(),
  WorkingDir: z.string().nullish(),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
});

export type ImageConfig = z.infer<typeof imageConfigSchema>;

/** An image whose files are in the cache folder. */
export interface ResolvedImage {
  /** in full, with its digest */
  readonly reference: string;
  readonly digest: Digest;
  readonly config: ImageConfig;
  readonly platform: string;
  readonly layer: LayerId;
  /** of what it is made, when it stands in for an image whose registry cannot be reached */
  readonly standIn?: string;
}
