import { type Container, type Directory, dag, ImageLayerCompression } from "@dagger.io/dagger";
import * as z from "zod";
import { images } from "../toolbox/images.ts";
import { moduleFile } from "../toolbox/module-file.ts";
import type { Commit } from "./commit.ts";
import { dockerBuild, type ImageSource } from "./image-source.ts";
import { materialsOf } from "./materials.ts";
import type { Material } from "./provenance.ts";
import { standInLabels } from "./stand-ins.ts";

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const layer = z.object({
  digest,
  /** bytes, compressed */
  size: z.number(),
  /** what made it, as the engine that built it says */
  createdBy: z.string(),
});

const aboutSchema = z.object({
  /** of the manifest */
  digest,
  /** bytes of all blobs together */
  size: z.number(),
  /** RFC 3339 */
  created: z.string(),
  layers: z.array(layer),
});

/** An image that was built: what it is, and its OCI layout. */
export interface BuiltImage {
  readonly name: string;
  readonly about: z.infer<typeof aboutSchema>;
  /** relative to the repository */
  readonly dockerfile: string;
  readonly materials: readonly Material[];
  readonly layout: Directory;
}

const descriptor = z.object({ digest, mediaType: z.string().default("") });
const indexSchema = z.object({ manifests: z.array(descriptor).min(1) });
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor) });

/** What an image says of itself beside its files. */
export interface Described {
  /** seconds since the epoch */
  readonly created: number;
  readonly labels: Readonly<Record<string, string>>;
  /** labels that it gets only when it does not set them itself */
  readonly defaults: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Builds a service's image and makes it reproducible: whatever engine builds the same source, today
 * or next year, layers hold the same bytes.
 *
 * @throws ExecError when a step of the Dockerfile fails, DaggerError when it cannot be read
 */
export async function buildImage(source: ImageSource, commit: Commit): Promise<BuiltImage> {
  const packed = await packImage(dockerBuild(source), {
    created: commit.created,
    labels: { ...labelsOf(commit), ...(await standInLabels(source.context)) },
    defaults: await defaultLabels(source),
    annotations: { "org.opencontainers.image.revision": commit.revision },
  });
  return {
    name: source.component.name,
    ...packed,
    dockerfile: source.dockerfile,
    materials: await materialsOf(source, commit),
  };
}

/**
 * An image's OCI layout, the same bytes each time. Each layer is packed anew by itself, so one that
 * did not change costs nothing the next time.
 */
export async function packImage(
  image: Container,
  described: Described,
): Promise<Pick<BuiltImage, "about" | "layout">> {
  const archive = image.asTarball({ forcedCompression: ImageLayerCompression.Uncompressed });
  const unpacked = packer()
    .withMountedFile("/image.tar", archive)
    .withExec(["tar", "-xf", "/image.tar", "--one-top-level=/image"])
    .directory("/image");
  const read = async (path: string): Promise<unknown> =>
    JSON.parse(await unpacked.file(path).contents());
  const blob = (of: { digest: string }) => `blobs/${of.digest.replace(":", "/")}`;
  const manifest = manifestSchema.parse(
    await read(blob(await manifestOf(await read("index.json"), (inner) => read(blob(inner))))),
  );
  const config = await read(blob(manifest.config));

  let assembling = packer();
  const layers = manifest.layers.map((each, index) => {
    const at = `/layers/${index}`;
    const packed = packer()
      .withMountedFile("/layer.tar", unpacked.file(blob(each)))
      .withExec([...script, "layer", "/layer.tar", "/packed"])
      .directory("/packed");
    assembling = assembling.withMountedDirectory(at, packed);
    return at;
  });
  const assembled = assembling
    .withNewFile("/request.json", JSON.stringify({ config, layers, ...described }))
    .withExec([...script, "assemble", "/request.json", "/assembled"])
    .directory("/assembled");
  const about = aboutSchema.parse(JSON.parse(await assembled.file("about.json").contents()));
  return { about, layout: assembled.directory("layout") };
}

const script = ["python3", "/kitchen/image_layout.py"];

function packer(): Container {
  return dag
    .container()
    .from(images.python)
    .withFile("/kitchen/image_layout.py", moduleFile("scripts/image_layout.py"));
}

/** The image's manifest; an archive may hold an index in its index. */
async function manifestOf(
  index: unknown,
  read: (of: { digest: string }) => Promise<unknown>,
): Promise<{ digest: string }> {
  const [first] = indexSchema.parse(index).manifests;
  if (!first) throw new Error("an image's archive holds no manifest");
  return first.mediaType.includes("index") ? manifestOf(await read(first), read) : first;
}

function labelsOf({ revision, created }: Commit) {
  return {
    "org.opencontainers.image.revision": revision,
    "org.opencontainers.image.created": new Date(created * 1000).toISOString(),
  };
}

/** What pyproject.toml and kitchen.yaml say, where the Dockerfile does not. */
async function defaultLabels({ component, context, repository }: ImageSource) {
  const project = await context.file("pyproject.toml").contents();
  const field = (name: string) => new RegExp(`^${name}\\s*=\\s*"([^"]+)"`, "m").exec(project)?.[1];
  const version = field("version");
  const licence = field("license");
  return {
    "org.opencontainers.image.title": component.name,
    ...(version ? { "org.opencontainers.image.version": version } : {}),
    ...(licence ? { "org.opencontainers.image.licenses": licence } : {}),
    ...(repository ? { "org.opencontainers.image.source": repository } : {}),
  };
}
