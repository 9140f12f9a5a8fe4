import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSession } from "../../engine/src/server/session.ts";
import { type ChooseFault, startFaultProxy } from "../../engine/src/testing/fault-proxy.ts";
import { type Registry, registryLogin, startRegistry } from "../../engine/src/testing/registry.ts";
import { scratchCache } from "../../engine/src/testing/scratch-cache.ts";
import { type Ran, Repository } from "./repository.ts";

const cleanUps: (() => void)[] = [];
let repository: Repository;
let registry: Registry;

beforeAll(async () => {
  repository = new Repository(["services/api"]);
  repository.write(
    "kitchen.yaml",
    "repository: https://example.com/team/product\ncomponents:\n  api:\n    path: services/api\n",
  );
  repository.commit();
  registry = await startRegistry();
  const built = await repository.call("build-images", "summary");
  expect(built.exitCode, built.stderr).toBe(0);
  // What builds the tools on a machine that has none of them.
  const warm = await startRegistry();
  cleanUps.push(warm.stop);
  await published(warm.address);
});
afterAll(() => {
  repository.remove();
  registry.stop();
  for (const cleanUp of cleanUps) cleanUp();
});

interface PublishedImage {
  readonly name: string;
  readonly reference: string;
  readonly digest: string;
  readonly size: number;
  readonly created: string;
  readonly sent: { readonly blobs: number; readonly bytes: number };
  readonly there: { readonly blobs: number };
  readonly attached: Readonly<Record<string, string>>;
}

function publish(address: string, ...more: string[]): Promise<Ran> {
  const to = ["--registry", `${address}/team`, "--registry-service", `tcp://${address}`];
  return repository.call("build-images", "publish", ...to, ...more, "json", "contents");
}

async function published(address: string, ...more: string[]): Promise<PublishedImage> {
  const ran = await publish(address, ...more);
  expect(ran.exitCode, ran.stderr).toBe(0);
  const [image] = JSON.parse(ran.stdout) as PublishedImage[];
  return image as PublishedImage;
}

async function tags(address = registry.address): Promise<string[]> {
  const answer = await fetch(`http://${address}/v2/team/api/tags/list`);
  if (!answer.ok) return [];
  const { tags } = (await answer.json()) as { tags: string[] | null };
  return (tags ?? []).filter((tag) => !tag.startsWith("sha256-")).sort();
}

/** The last words of a run that failed. */
function error({ stderr }: Ran): string {
  return stderr.slice(stderr.lastIndexOf("Error: ")).replace(/127\.0\.0\.1:\d+/gu, "REGISTRY");
}

test("the same source gives the same digest with another, cold cache", async () => {
  const cache = scratchCache();
  try {
    const cold = await repository.callWithCache(cache, "build-images", "json", "contents");
    expect(cold.exitCode, cold.stderr).toBe(0);
    const warm = await repository.call("build-images", "json", "contents");
    expect(cold.stdout).toBe(warm.stdout);
    const [image] = JSON.parse(warm.stdout);
    expect(image.created).toBe("2026-11-01T12:00:00Z");
  } finally {
    cache.remove();
  }
});

test("published by digest: what is there already is not sent again, a changed line is a small layer", async () => {
  const first = await published(registry.address, "--tags", "v1");
  expect(first.reference).toBe(`${registry.address}/team/api@${first.digest}`);
  expect(first.sent.blobs).toBe(4);
  expect(Object.keys(first.attached)).toEqual(["application/vnd.cyclonedx+json"]);
  expect(await tags()).toEqual(["v1"]);
  const again = await published(registry.address, "--tags", "v1", "--tags", "v1.0");
  expect([again.digest, again.sent.blobs, again.there.blobs]).toEqual([first.digest, 0, 4]);
  expect(await tags()).toEqual(["v1", "v1.0"]);
  await repository.spoiled(
    "services/api/src/kitchen_api/eta.py",
    (text) => `${text}# changed\n`,
    async () => {
      const changed = await published(registry.address);
      expect(changed.digest).not.toBe(first.digest);
      expect([changed.sent.blobs, changed.there.blobs]).toEqual([1, 3]);
      expect(changed.sent.bytes).toBeLessThan(50_000);
    },
  );
});

test("pulled by digest it runs, is well, and knows its digest", async () => {
  const { reference, digest } = await published(registry.address);
  const session = await openSession({ workdir: repository.path, env: process.env });
  try {
    const answer = async (query: string) => {
      const { data, errors } = await session.query({ query });
      expect(errors).toBeUndefined();
      return JSON.stringify(data);
    };
    const service = await answer(
      `{container{from(address:"${reference}"){withEnvVariable(name:"KITCHEN_API_IMAGE_DIGEST",value:"${digest}"){withEnvVariable(name:"KITCHEN_API_DATABASE_URL",value:"sqlite:////tmp/k.db"){asService(useEntrypoint:true){id}}}}}}`,
    );
    const id = /"id":"([^"]+)"/u.exec(service)?.[1];
    const script =
      "import urllib.request as u; print(*(u.urlopen('http://api:8000' + p).read().decode() for p in ('/healthz', '/version')))";
    const asked = await answer(
      `{container{from(address:"python:3.13-slim-trixie"){withServiceBinding(alias:"api",service:"${id}"){withExec(args:["python","-c",${JSON.stringify(script)}]){stdout}}}}}`,
    );
    expect(asked).toContain("ok");
    expect(asked).toContain(digest);
    const labels = await answer(`{container{from(address:"${reference}"){labels{name value}}}}`);
    for (const name of ["created", "licenses", "revision", "source", "title", "version"]) {
      expect(labels).toContain(`"name":"org.opencontainers.image.${name}"`);
    }
    const user = await answer(
      `{container{from(address:"${reference}"){user withExec(args:["sh","-c","id -u; ls /opt/venv/bin | grep -c pip; which gcc cc; true"]){stdout}}}}`,
    );
    expect(user).toContain('"stdout":"10001\\n0\\n"');
    // useradd and the packages' scripts write the day there: none in the base, one that is always the same.
    const days = await answer(
      `{container{from(address:"${reference}"){withUser(name:"root"){withExec(args:["sh","-c","cut -d: -f3 /etc/shadow | sort -u"]){stdout}}}}}`,
    );
    expect(days).toContain('"stdout":"\\n3652\\n"');
  } finally {
    await session.close();
  }
});

test("its SBOM holds Debian's packages and Python's, and is the same each time", async () => {
  const first = await repository.call("build-images", "sbom", "--name", "api", "contents");
  const sbom = JSON.parse(first.stdout);
  expect([sbom.bomFormat, sbom.specVersion]).toEqual(["CycloneDX", "1.6"]);
  const urls: string[] = sbom.components.map(({ purl = "" }: { purl?: string }) => purl);
  expect(urls.some((url) => url.startsWith("pkg:deb/debian/libc6@"))).toBe(true);
  expect(urls.some((url) => url.startsWith("pkg:pypi/fastapi@"))).toBe(true);
  expect(urls.some((url) => url.startsWith("pkg:pypi/pytest@"))).toBe(false);
  const again = await repository.call("build-images", "sbom", "--name", "api", "contents");
  expect(again.stdout).toBe(first.stdout);
  expect(again.executed.filter((name) => name.includes("syft"))).toEqual([]);
});

const passing: Readonly<Record<string, ChooseFault>> = {
  "every third answer is a 500": (_method, _path, count) => (count % 3 === 1 ? "500" : "pass"),
  "uploads are cut twice": (() => {
    let cuts = 0;
    return (method: string) => (/^(?:PUT|PATCH)$/u.test(method) && cuts++ < 2 ? "cut" : "pass");
  })(),
  "each answer takes its time": () => "slow",
};

test.each(Object.keys(passing))("%s: it is complete all the same", async (name) => {
  const own = await startRegistry();
  const proxy = await startFaultProxy(own.address, passing[name] as ChooseFault);
  cleanUps.push(own.stop, proxy.close);
  const image = await published(proxy.address, "--tags", "v1");
  expect(proxy.faults()).toBeGreaterThan(0);
  expect(await tags(own.address)).toEqual(["v1"]);
  const manifest = await fetch(`http://${own.address}/v2/team/api/manifests/v1`, {
    headers: { Accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  expect(manifest.headers.get("docker-content-digest")).toBe(image.digest);
});

test("a registry that never takes it, or gives back something else, has no tag moved", async () => {
  const own = await startRegistry();
  cleanUps.push(own.stop);
  const through = async (choose: ChooseFault) => {
    const proxy = await startFaultProxy(own.address, choose);
    try {
      const ran = await publish(proxy.address, "--tags", "v1");
      expect(ran.exitCode).toBe(1);
      return error(ran);
    } finally {
      proxy.close();
    }
  };
  const inTime = (text: string) => `${text}stages:\n  images:\n    timeout: 20s\n`;
  const never = () => through((method) => (method === "POST" ? "500" : "pass"));
  expect(await repository.spoiled("kitchen.yaml", inTime, never)).toMatch(
    /REGISTRY\/team\/api: took longer than 20 s: the tags were not moved; the last answer: failed to send blob post.*http 500/u,
  );
  expect(await through(() => "html")).toContain(
    "REGISTRY/team/api: asking for its tags: what answers there is no image registry",
  );
  expect(
    await through((method, path) =>
      method === "GET" && path.includes("/manifests/sha256:") ? "corrupt" : "pass",
    ),
  ).toMatch(/REGISTRY\/team\/api: (?:what the registry gives back for|reading the manifest back)/u);
  expect(await tags(own.address)).toEqual([]);
});

test("a registry whose disk is full has no tag moved", async () => {
  const disk = mkdtempSync(join(tmpdir(), "registry-disk-"));
  spawnSync("mount", ["-t", "tmpfs", "-o", "size=5m", "tmpfs", disk]);
  const own = await startRegistry({ folder: disk });
  cleanUps.push(() => {
    own.stop();
    spawnSync("umount", ["--lazy", disk]);
    rmSync(disk, { recursive: true, force: true });
  });
  const ran = await publish(own.address, "--tags", "v1");
  expect(ran.exitCode).toBe(1);
  expect(error(ran)).toContain("REGISTRY/team/api: ");
  expect(await tags(own.address)).toEqual([]);
});

test("where images cannot go is said before anything is sent", async () => {
  const refused = async (...args: string[]) => {
    const ran = await repository.call("build-images", "publish", ...args, "summary");
    expect(ran.exitCode).toBe(1);
    return error(ran).trim();
  };
  expect(await refused("--registry", "https://example.com/team")).toMatchInlineSnapshot(
    `"Error: registry https://example.com/team: give it without a scheme, as HOST/PATH"`,
  );
  expect(await refused("--registry", "example.com/Team")).toMatchInlineSnapshot(
    `"Error: registry example.com/Team: "Team" is no part of a repository's name: lower-case letters, digits and . _ - between them"`,
  );
  expect(await refused("--registry", "team")).toMatchInlineSnapshot(
    `"Error: registry team: team is no host name"`,
  );
  expect(await refused("--registry", "example.com/t", "--tags", "a b")).toMatchInlineSnapshot(
    `"Error: tag "a b": letters, digits, _ . - only, 128 at most, and neither . nor - first"`,
  );
  expect(await refused("--registry", "example.com/t", "--username", "u")).toMatchInlineSnapshot(
    `"Error: username and password: give both or none"`,
  );
  expect(await refused("--registry", "localhost:5000/t")).toMatchInlineSnapshot(
    `"Error: registry localhost:5000: a port of this machine is given to containers as a service: --registry-service tcp://localhost:5000"`,
  );
});

test("wrong credentials are said in one line, and the password is nowhere", async () => {
  const own = await startRegistry({ withLogin: true });
  cleanUps.push(own.stop);
  const [wrong, right] = ["wrong", "right"].map((each) => `${each}-password`) as [string, string];
  process.env.KITCHEN_TEST_LOGIN = wrong;
  const login = ["--username", registryLogin.username, "--password", "env:KITCHEN_TEST_LOGIN"];
  const ran = await publish(own.address, ...login, "--tags", "v1");
  expect(ran.exitCode).toBe(1);
  expect(error(ran)).toContain(
    "REGISTRY/team/api: asking for its tags: the registry does not take the user name and password (user robot)",
  );
  expect(ran.stderr + ran.stdout).not.toContain(wrong);
  process.env.KITCHEN_TEST_LOGIN = right;
  const image = await published(own.address, ...login, "--tags", "v1");
  expect(image.sent.blobs).toBe(4);
});

test("provenance is signed and verified; what does not hold is named", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kitchen-keys-"));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  const own = await startRegistry();
  cleanUps.push(own.stop);
  for (const name of ["ours", "other"]) {
    const key = join(folder, name);
    execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", key]);
    execFileSync("openssl", ["pkey", "-in", key, "-pubout", "-out", `${key}.pub`]);
  }
  const verify = async (images: object, key: string) => {
    repository.write("published.json", JSON.stringify(images));
    const ran = await repository.call(
      ...["verify-images", "--published", "published.json"],
      ...["--public-key", `${folder}/${key}.pub`, "--registry-service", `tcp://${own.address}`],
    );
    const said = (ran.exitCode === 0 ? ran.stdout : error(ran)).trim();
    return said
      .replace(/(?:127\.0\.0\.1|registry):\d+/gu, "REGISTRY")
      .replace(/\b[0-9a-f]{40,64}\b/gu, "HEX");
  };
  const unsigned = await published(own.address);
  expect(await verify([unsigned], "ours")).toMatchInlineSnapshot(
    `"Error: REGISTRY/team/api@sha256:HEX: it has no provenance (application/vnd.in-toto+json) beside it"`,
  );
  const image = await published(own.address, "--signing-key", `file://${folder}/ours`);
  expect(Object.keys(image.attached).sort()).toEqual([
    "application/vnd.cyclonedx+json",
    "application/vnd.in-toto+json",
  ]);
  expect(await verify([image], "ours")).toMatchInlineSnapshot(
    `"REGISTRY/team/api@sha256:HEX: signed with key HEX, commit HEX, SBOM of 123 components"`,
  );
  expect(await verify([image], "other")).toMatchInlineSnapshot(
    `"Error: REGISTRY/team/api@sha256:HEX: its provenance is not signed with key HEX"`,
  );
  // A digest that the registry does not have.
  const digest = `sha256:${"0".repeat(64)}`;
  const missing = { ...image, digest, reference: image.reference.replace(/@.*/u, `@${digest}`) };
  expect(await verify([missing], "ours")).toMatchInlineSnapshot(
    `"Error: REGISTRY/team/api@sha256:HEX: its manifest cannot be read: failed to get manifest REGISTRY/team/api@sha256:HEX: request failed: not found [http 404]: {"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Name":"team/api","Revision":"sha256:HEX"}}]}"`,
  );
  const noKey = await publish(own.address, "--signing-key", "file://kitchen.yaml");
  expect(error(noKey)).toContain("the signing key is no unencrypted private key in PEM");
});

test("what cannot be built is named, with file and line", async () => {
  const broken = async (change: (text: string) => string) =>
    repository.spoiled("services/api/Dockerfile", change, async () => {
      const ran = await repository.call("build-images", "summary");
      expect(ran.exitCode).toBe(1);
      return error(ran).trim();
    });
  expect(await broken((text) => `${text}RUNN echo\n`)).toMatchInlineSnapshot(
    `"Error: services/api/Dockerfile: failed to convert Dockerfile to LLB: dockerfile parse error on line 43: unknown instruction: RUNN"`,
  );
  expect(
    await broken((text) => `${text}USER root\nRUN echo why >&2; exit 3\n`),
  ).toMatchInlineSnapshot(`
    "Error: services/api/Dockerfile: exit code: 3
    why"
  `);
  expect(
    await broken((text) => text.replaceAll("python:3.13-slim-trixie", "127.0.0.1:1/no/such:1")),
  ).toMatchInlineSnapshot(
    `"Error: services/api/Dockerfile: failed to resolve image "REGISTRY/no/such:1" (platform: "linux/amd64"): failed to do request: Head "http://REGISTRY/v2/no/such/manifests/1": dial tcp REGISTRY: connect: connection refused"`,
  );
  expect(
    await broken((text) =>
      text.replaceAll("python:3.13-slim-trixie", `${registry.address}/no/such:1`),
    ),
  ).toContain(
    'services/api/Dockerfile: failed to resolve image "REGISTRY/no/such:1" (platform: "linux/amd64"): REGISTRY/no/such:1: not found',
  );
  const other = await repository.call("build-images", "--platform", "linux/s390x", "summary");
  expect(error(other)).toContain("galley builds for its own platform only");
  const budget = (text: string) =>
    text.replace("path: services/api\n", "path: services/api\n    image:\n      maxSize: 20MB\n");
  await repository.spoiled("kitchen.yaml", budget, async () => {
    const ran = await repository.call("build-images", "summary");
    expect(ran.exitCode).toBe(1);
    expect(
      error(ran)
        .replace(/\d+\.\d (?=[kM]B)/gu, "N ")
        .trim(),
    ).toMatchInlineSnapshot(`
      "Error: services/api/Dockerfile: N MB is more than its budget of N MB (image.maxSize in kitchen.yaml); its largest layers:
        N MB  FROM python:3.13-slim-trixie
        N MB  COPY /opt/venv /opt/venv
        N kB  COPY src /app/src"
    `);
  });
});

test("what this repository delivers is within its own budgets", async () => {
  const own = new Repository(["kitchen.yaml", "services", "infra"]);
  own.commit();
  try {
    const ran = await own.call("build-images", "summary");
    expect(ran.exitCode, ran.stderr).toBe(0);
  } finally {
    own.remove();
  }
});
