import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { type CacheFolder, openCacheFolder } from "../../src/cache-folder.ts";
import { canStillBeHad, resolveImage } from "../../src/images/resolve.ts";
import { type Registry, startRegistry } from "../../src/testing/registry.ts";

let root: string;
let cache: CacheFolder;
let registry: Registry;
let address: string;
const notices: string[] = [];
const context = () => ({
  cache,
  signal: new AbortController().signal,
  log: (line: string) => notices.push(line),
});

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "galley-registry-"));
  cache = openCacheFolder(join(root, "cache"));
  registry = await startRegistry();
  address = registry.address;
  push("test/image:1");
});
afterAll(() => {
  registry?.stop();
  rmSync(root, { recursive: true, force: true });
});

test("an image comes with its files, what its layers delete is gone, and its configuration", async () => {
  const image = await resolveImage(`${address}/test/image:1`, "linux/amd64", context());
  const layer = join(cache.layers, image.layer);
  expect(readdirSync(layer).sort()).toEqual(["kept", "opaque"]);
  expect(readFileSync(join(layer, "kept/file"), "utf8")).toBe("second\n");
  expect(readdirSync(join(layer, "opaque"))).toEqual(["new"]);
  expect(statSync(join(layer, "kept/file")).mode & 0o7777).toBe(0o4750);
  expect(image.config).toMatchObject({ Cmd: ["run"], Env: ["A=1"], WorkingDir: "/kept" });
  expect(image.reference).toBe(`${address}/test/image:1@${image.digest}`);
  expect(image.standIn).toBeUndefined();
});

test("by its digest it is the same image; a tag that is known needs no registry for a day", async () => {
  const byTag = await resolveImage(`${address}/test/image:1`, "linux/amd64", context());
  const byDigest = await resolveImage(
    `${address}/test/image@${byTag.digest}`,
    "linux/amd64",
    context(),
  );
  expect(byDigest.digest).toBe(byTag.digest);
  const again = await resolveImage(`${address}/test/image:1`, "linux/amd64", context());
  expect(again).toEqual(byTag);
});

test("what the registry does not have is an error of its own, and nothing is left behind", async () => {
  await expect(resolveImage(`${address}/test/none:1`, "linux/amd64", context())).rejects.toThrow(
    /^failed to resolve image ".*\/test\/none:1" \(platform: "linux\/amd64"\): .*\/test\/none:1: not found$/u,
  );
  expect(readdirSync(cache.tmp)).toEqual([]);
});

test("a stand-in is used where nobody answers, is announced each time, and keeps its digest", async () => {
  const unreachable = join(cache.root, "images", "unreachable-docker.io");
  writeFileSync(unreachable, "nobody answers");
  notices.length = 0;
  const first = await resolveImage("alpine:3", "linux/amd64", context());
  const other = openCacheFolder(join(root, "other"));
  mkdirSync(join(other.root, "images"), { recursive: true });
  writeFileSync(join(other.root, "images", "unreachable-docker.io"), "nobody answers");
  const second = await resolveImage("alpine:3", "linux/amd64", { ...context(), cache: other });
  expect(second.digest).toBe(first.digest);
  expect(first.standIn).toBe("Debian's static busybox");
  expect(
    notices.filter((line) => line.includes(": stand-in (Debian's static busybox)")),
  ).toHaveLength(2);
  expect(existsSync(join(cache.layers, first.layer, "bin/sh"))).toBe(true);
  // What was made from it by an older recipe is not to be found any more.
  const stillThere = (digest: `sha256:${string}`) =>
    canStillBeHad("alpine:3", "linux/amd64", digest, cache);
  expect(stillThere(first.digest)).toBe(true);
  expect(stillThere(`sha256:${"0".repeat(64)}`)).toBe(false);
});

/** An OCI layout written by hand: two layers, the second of which deletes. */
function push(name: string): void {
  const layout = join(root, "layout");
  mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
  const layers = [
    layer("first", "mkdir kept opaque; echo first > kept/file; echo x > gone; echo x > opaque/old"),
    layer(
      "second",
      "mkdir kept opaque; echo second > kept/file; chmod 4750 kept/file; touch .wh.gone opaque/.wh..wh..opq opaque/new",
    ),
  ];
  const config = blob(
    JSON.stringify({
      architecture: "amd64",
      os: "linux",
      config: { Cmd: ["run"], Env: ["A=1"], WorkingDir: "/kept" },
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    }),
    "application/vnd.oci.image.config.v1+json",
  );
  const manifest = blob(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config,
      layers,
    }),
    "application/vnd.oci.image.manifest.v1+json",
  );
  writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(layout, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [manifest] }),
  );
  const target = `docker://${address}/${name}`;
  execFileSync("skopeo", ["copy", "--quiet", "--dest-tls-verify=false", `oci:${layout}`, target]);

  function layer(folder: string, script: string) {
    const at = join(root, folder);
    mkdirSync(at);
    execFileSync("sh", ["-c", script], { cwd: at });
    const tar = execFileSync("tar", ["-cf", "-", "."], { cwd: at });
    return blob(tar, "application/vnd.oci.image.layer.v1.tar");
  }

  function blob(content: string | Buffer, mediaType: string) {
    const hex = createHash("sha256").update(content).digest("hex");
    writeFileSync(join(layout, "blobs/sha256", hex), content);
    return { mediaType, digest: `sha256:${hex}`, size: Buffer.byteLength(content) };
  }
}

test("mirrors are asked first, as Dagger's engine.json names them", async () => {
  const settings = (registries: object) => {
    const folder = mkdtempSync(join(root, "config-"));
    mkdirSync(join(folder, "dagger"));
    writeFileSync(join(folder, "dagger/engine.json"), JSON.stringify({ registries }));
    vi.stubEnv("XDG_CONFIG_HOME", folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    return folder;
  };
  settings({ "registry.example.invalid": { mirrors: ["127.0.0.1:1", address] } });
  const found = await resolveImage(
    "registry.example.invalid/test/image:1",
    "linux/amd64",
    context(),
  );
  expect(found.reference).toBe(`registry.example.invalid/test/image:1@${found.digest}`);
  expect(existsSync(join(cache.layers, found.layer, "kept/file"))).toBe(true);
  await expect(
    resolveImage("registry.example.invalid/test/none:1", "linux/amd64", context()),
  ).rejects.toThrow("registry.example.invalid/test/none:1: not found");
  settings({ "registry.example.invalid": { mirrors: ["127.0.0.1:1"], http: true } });
  await expect(
    resolveImage("registry.example.invalid/test/other:1", "linux/amd64", context()),
  ).rejects.toThrow(
    "127.0.0.1:1: dial tcp 127.0.0.1:1: connect: connection refused; registry.example.invalid: ",
  );
  settings({ "registry.example.invalid": { keypair: [] } });
  await expect(
    resolveImage("registry.example.invalid/test/more:1", "linux/amd64", context()),
  ).rejects.toThrow(
    /engine\.json: registries\.registry\.example\.invalid: .*keypair.*; galley knows mirrors, http and insecure of a registry$/u,
  );
});
