import * as z from "zod";
import { cleanPath, detectComponents } from "../layout.ts";
import { type Deployment, deploymentOf, deploymentSchema } from "./deployment.ts";

const image = z.strictObject({
  maxSize: z
    .string()
    .regex(/^\d+(?:\.\d+)?(?:kB|MB|GB)$/, "a size such as 500kB, 120MB or 1.5GB")
    .optional()
    .describe("Most that its layers may have together, compressed: kB, MB or GB (powers of 1000)"),
});

const component = z.strictObject({
  path: z.string().min(1).describe("Folder of the Python package, relative to the repository"),
  coverage: z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe("Least part of the lines that its tests must run, in percent"),
  image: z
    .union([z.boolean(), image], { error: "true, false, or settings such as maxSize" })
    .optional()
    .describe("Its container image; false: it has none"),
  deploy: deploymentSchema.optional(),
});

export const componentsSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9-]*$/, "lower-case letters, digits and -"),
  component,
);

export interface Component {
  readonly name: string;
  readonly path: string;
  /** percent */
  readonly coverage: number | undefined;
  readonly image: {
    readonly build: boolean;
    /** bytes of its compressed layers together */
    readonly maxSize: number | undefined;
  };
  /** what it is in an environment */
  readonly deploy?: Deployment | undefined;
}

/** The components of kitchen.yaml, or those that the layout shows. */
export function readComponents(
  said: z.infer<typeof componentsSchema> | undefined,
  paths: readonly string[],
): Component[] {
  if (!said) return detectComponents(paths);
  return Object.entries(said).map(([name, { path, coverage, image, deploy }]) => ({
    name,
    path: cleanPath(path),
    coverage,
    image: {
      build: image !== false,
      maxSize: toBytes(typeof image === "object" ? image.maxSize : undefined),
    },
    deploy: deploy && deploymentOf(deploy),
  }));
}

function toBytes(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const unit = { kB: 1e3, MB: 1e6, GB: 1e9 }[text.slice(-2) as "kB" | "MB" | "GB"];
  return Math.round(Number.parseFloat(text) * unit);
}
