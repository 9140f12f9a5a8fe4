import * as z from "zod";
import type { LayerId } from "../cache-folder.ts";
import type { Digest } from "../tree/digest.ts";

/** How a runtime asks whether a container is well; times in nanoseconds, 0 is the default. */
export const healthcheckSchema = z.object({
  /** `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]` */
  Test: z.array(z.string()).nullish(),
  Interval: z.number().nullish(),
  Timeout: z.number().nullish(),
  StartPeriod: z.number().nullish(),
  StartInterval: z.number().nullish(),
  Retries: z.number().nullish(),
});

/** `config` of an OCI image configuration, with what Docker adds to it. */
export const imageConfigSchema = z.object({
  Env: z.array(z.string()).nullish(),
  User: z.string().nullish(),
  WorkingDir: z.string().nullish(),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  Labels: z.record(z.string(), z.string()).nullish(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Healthcheck: healthcheckSchema.nullish(),
  StopSignal: z.string().nullish(),
  Volumes: z.record(z.string(), z.unknown()).nullish(),
  Shell: z.array(z.string()).nullish(),
  OnBuild: z.array(z.string()).nullish(),
});

export type Healthcheck = z.infer<typeof healthcheckSchema>;
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
