import { execFile } from "node:child_process";
import { createHash, type Hash } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { PassThrough, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGzip } from "node:zlib";
import type { CacheFolder, LayerId } from "../cache-folder.ts";
import type { Digest } from "../tree/digest.ts";
import { tar } from "./tar.ts";

const run = promisify(execFile);

export type Compression = "Gzip" | "Uncompressed";

/** A layer as registries know it. */
export interface LayerArchive {
  /** of the archive as it is sent */
  readonly digest: Digest;
  readonly size: number; // bytes
  /** of the archive before compression */
  readonly diffId: Digest;
}

/** Packs a layer, once: later calls find the archive that was kept. */
export async function archiveLayer(
  layer: LayerId,
  compression: Compression,
  { cache, signal }: { cache: CacheFolder; signal: AbortSignal },
): Promise<LayerArchive & { path: string }> {
  const folder = join(cache.root, "archives");
  const path = join(folder, `${layer}-${compression}`);
  const about = `${path}.json`;
  if (existsSync(about) && existsSync(path)) {
    return { ...(JSON.parse(readFileSync(about, "utf8")) as LayerArchive), path };
  }
  mkdirSync(folder, { recursive: true });
  const draft = mkdtempSync(join(cache.tmp, "archive-"));
  try {
    const packed = await pack(join(cache.layers, layer), draft, compression, signal);
    writeFileSync(join(draft, "about"), JSON.stringify(packed));
    renameSync(join(draft, "archive"), path);
    renameSync(join(draft, "about"), about);
    return { ...packed, path };
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function pack(
  source: string,
  draft: string,
  compression: Compression,
  signal: AbortSignal,
): Promise<LayerArchive> {
  const tarFile = join(draft, "tar");
  const { files, deleted, opaque } = await contents(source);
  const marks = [
    ...deleted.map((name) => join(dirname(name), `.wh.${basename(name)}`)),
    ...opaque.map((name) => join(name, ".wh..wh..opq")),
  ].sort();
  for (const name of marks) {
    mkdirSync(join(draft, "marks", dirname(name)), { recursive: true });
    writeFileSync(join(draft, "marks", name), "");
    utimesSync(join(draft, "marks", name), 0, 0);
  }
  await tar(
    [
      ...format,
      ...["-cf", tarFile, "--no-recursion", "--null", "--verbatim-files-from"],
      ...["-C", source, "-T", list("files", files)],
      ...["-C", join(draft, marks.length > 0 ? "marks" : ""), "-T", list("added", marks)],
    ],
    signal,
  );
  const whole = createHash("sha256");
  const sent = createHash("sha256");
  const archive = join(draft, "archive");
  await pipeline(
    createReadStream(tarFile),
    digesting(whole),
    compression === "Gzip" ? createGzip({ level: 6 }) : new PassThrough(),
    digesting(sent),
    createWriteStream(archive),
    { signal },
  );
  rmSync(tarFile);
  return {
    digest: `sha256:${sent.digest("hex")}`,
    size: statSync(archive).size,
    diffId: `sha256:${whole.digest("hex")}`,
  };

  /** A file that names files for tar, which sees them below `.`. */
  function list(name: string, names: readonly string[]): string {
    const path = join(draft, name);
    writeFileSync(path, names.map((each) => `${each === "" ? "." : `./${each}`}\0`).join(""));
    return path;
  }
}

/** Times of access and change would differ each time. */
const format = [
  ...["--numeric-owner", "--format=posix", "--pax-option=delete=atime,delete=ctime"],
  ...["--xattrs", "--xattrs-exclude=trusted.*", "--xattrs-exclude=system.*"],
];

/**
 * What a layer holds, in order, and what overlayfs marks in it as gone (devices 0:0) or as hiding
 * what is below (an attribute).
 */
async function contents(
  source: string,
): Promise<{ files: string[]; deleted: string[]; opaque: string[] }> {
  const options = { cwd: source, maxBuffer: 1 << 28 };
  // A socket cannot be in an archive, and nobody can use one from an image.
  const found = await run("find", [".", "!", "-type", "s", "-printf", "%y%P\\0"], options);
  const entries = found.stdout.split("\0").filter((entry) => entry !== "");
  const isDeleted = (entry: string) =>
    entry.startsWith("c") && statSync(join(source, entry.slice(1))).rdev === 0;
  const deleted = entries.filter(isDeleted).map((entry) => entry.slice(1));
  const files = entries
    .filter((entry) => !isDeleted(entry))
    .map((entry) => entry.slice(1))
    .sort();
  const dump = ["-R", "-h", "--absolute-names", "-m", "^trusted\\.overlay\\.opaque$", "."];
  const { stdout } = await run("getfattr", dump, options).catch((error: Error) => {
    throw new Error(`getfattr failed: apt-get install attr (see galley doctor)\n${error.message}`);
  });
  const opaque = [...stdout.matchAll(/^# file: (?:\.\/)?(.*)$/gmu)].map(([, name]) =>
    (name as string).replace(/\\(\d{3})/gu, (_octal, digits) =>
      String.fromCharCode(Number.parseInt(digits, 8)),
    ),
  );
  return { files, deleted, opaque };
}

function digesting(hash: Hash): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
}
