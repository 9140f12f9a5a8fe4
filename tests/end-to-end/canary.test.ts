import { execFileSync, spawn } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeModule } from "../../engine/tests/module/write-module.ts";
import { galleyPath } from "./repository.ts";

/** A secret that its encodings tell apart from all else. */
const canary = `c4nary/${Math.random().toString(36).slice(2)}+?&"${Date.now()}`;

/** How it may be found again; base64 also where other bytes are before it. */
const forms: Readonly<Record<string, Buffer>> = {
  plain: Buffer.from(canary),
  "in JSON": Buffer.from(JSON.stringify(canary).slice(1, -1)),
  hexadecimal: Buffer.from(Buffer.from(canary).toString("hex")),
  "in an address": Buffer.from(encodeURIComponent(canary)),
  reversed: Buffer.from([...canary].reverse().join("")),
  ...Object.fromEntries(
    [0, 1, 2].map((before) => {
      const text = Buffer.from(`${"x".repeat(before)}${canary}`).toString("base64");
      return [`base64 after ${before} bytes`, Buffer.from(text.slice(before + 1, -4))];
    }),
  ),
};

function formsIn(bytes: Buffer): string[] {
  return Object.keys(forms).filter((name) => bytes.includes(forms[name] as Buffer));
}

const index = `
import { dag, object, func, type Container, type Directory, type File, type Secret } from "@dagger.io/dagger";

const encodings = (text: string) => [
  text, Buffer.from(text).toString("base64"), Buffer.from("robot:" + text).toString("base64"),
  Buffer.from(text).toString("hex"), encodeURIComponent(text), [...text].reverse().join(""),
];
/** What a step answers is for its module: Dagger takes out the plaintext only. */
const stars = (text: string) => text.split("\\n").filter((line) => line === "***").join(" ");
const show = 'printf "%s\\\\n" "$TOKEN"; cat /run/token; printf %s "$TOKEN" | base64; printf "%s:%s" robot "$TOKEN" | base64; printf %s "$TOKEN" | xxd -p -c 256; printf %s "$TOKEN" | rev; cat /run/token >&2';

@object()
export class Canary {
  private base(bin: Directory, token: Secret): Container {
    return dag.container().withDirectory("/bin", bin)
      .withExec(["/bin/busybox", "--install", "-s", "/bin"]).withEnvVariable("PATH", "/bin")
      .withSecretVariable("TOKEN", token).withMountedSecret("/run/token", token);
  }
  @func() async steps(bin: Directory, token: Secret): Promise<string> {
    const done = this.base(bin, token).withExec(["sh", "-c", show], { redirectStdout: "/out", redirectStderr: "/err" });
    return (await done.file("/out").contents()) + (await done.file("/err").contents()) + stars(await done.combinedOutput());
  }
  @func() async failing(bin: Directory, token: Secret): Promise<string> {
    return this.base(bin, token).withExec(["sh", "-c", show + "; exit 3"]).stdout();
  }
  @func() async inArguments(bin: Directory, token: Secret, ends = "true"): Promise<string> {
    const text = await token.plaintext();
    return this.base(bin, token).withExec(["sh", "-c", ": " + JSON.stringify(encodings(text)) + "; " + ends]).stdout();
  }
  @func() async logs(token: Secret): Promise<string> {
    for (const each of encodings(await token.plaintext())) { console.log("seen " + each); console.error("seen " + each); }
    return "logged";
  }
  @func() async throws(token: Secret): Promise<string> {
    throw new Error("not with " + encodings(await token.plaintext()).join(" or "));
  }
  @func() async dies(token: Secret): Promise<string> {
    console.error("last words: " + encodings(await token.plaintext()).join(" "));
    process.exit(5);
  }
  @func() async answers(token: Secret): Promise<string> { return await token.plaintext(); }
  @func() async setAnew(bin: Directory, token: Secret): Promise<string> {
    return this.base(bin, dag.setSecret("anew", await token.plaintext())).withExec(["sh", "-c", show]).stdout().then(stars);
  }
  @func() async serves(bin: Directory, token: Secret): Promise<string> {
    const service = this.base(bin, token).withNewFile("/www/index.html", "served").withExposedPort(80)
      .asService({ args: ["sh", "-c", show + "; exec httpd -f -p 80 -h /www"] });
    return dag.container().withDirectory("/bin", bin).withServiceBinding("web", service)
      .withExec(["/bin/busybox", "wget", "-q", "-O", "-", "http://web/"]).stdout();
  }
  @func() image(bin: Directory, token: Secret): File {
    return this.base(bin, token).withExec(["sh", "-c", "test -n \\"$TOKEN\\" && cp /run/token /dev/null && echo built > /made"]).asTarball();
  }
  @func() async build(context: Directory, token: Secret): Promise<string> {
    return context.dockerBuild({ secrets: [dag.setSecret("token", await token.plaintext())] }).file("/made").contents();
  }
  @func() async logsIn(bin: Directory, token: Secret, registry: string): Promise<string> {
    return this.base(bin, token).withRegistryAuth(registry, "robot", token).publish(registry + "/image:1");
  }
}
`;

let root: string;
let module: string;
let cache: string;
/** a registry that refuses every login, an endpoint that takes every span */
const server = createServer((request, answer) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    if (request.url === "/v1/traces") {
      spans.push(Buffer.concat(chunks));
      answer.writeHead(200).end("{}");
    } else answer.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
  });
});
const spans: Buffer[] = [];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "galley-canary-"));
  cache = join(root, "cache");
  module = writeModule("canary", index, {}, join(root, "module"));
  mkdirSync(join(module, "context/bin"), { recursive: true });
  copyFileSync("/bin/busybox", join(module, "context/bin/busybox"));
  writeFileSync(
    join(module, "context/Dockerfile"),
    'FROM scratch\nCOPY bin /bin\nSHELL ["/bin/busybox", "sh", "-c"]\nRUN --mount=type=secret,id=token,env=T --mount=type=secret,id=token /bin/busybox cat /run/secrets/token && echo $T && echo built > /made\n',
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(root, { recursive: true, force: true });
});

interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

function call(...words: string[]): Promise<Ran> {
  const address = `127.0.0.1:${(server.address() as { port: number }).port}`;
  const replaced = words.map((word) => word.replace("REGISTRY", address));
  const child = spawn(
    process.execPath,
    [galleyPath, "--progress=plain", "-v", "call", ...replaced],
    {
      cwd: module,
      env: {
        ...process.env,
        GALLEY_CACHE: cache,
        CANARY: canary,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${address}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on("data", (bytes: Buffer) => output.stdout.push(bytes));
  child.stderr.on("data", (bytes: Buffer) => output.stderr.push(bytes));
  return new Promise((resolve) => {
    child.on("close", (code) =>
      resolve({
        code,
        stdout: Buffer.concat(output.stdout),
        stderr: Buffer.concat(output.stderr),
      }),
    );
  });
}

const token = "--token=env:CANARY";
const given = ["--bin=context/bin", token];

test.each<[words: string[], code: number, shown: RegExp]>([
  [["steps", ...given], 0, /\*\*\*/u],
  [["failing", ...given, "--progress=json"], 3, /\*\*\*/u],
  [["in-arguments", ...given], 0, /withExec sh -c : \["\*\*\*/u],
  [["in-arguments", ...given, "--ends=exit 4"], 4, /withExec sh -c : \["\*\*\*/u],
  [["logs", token, "--progress=json"], 0, /seen \*\*\*/u],
  [["throws", token], 1, /not with \*\*\* or \*\*\*/u],
  [["dies", token], 5, /last words: \*\*\*/u],
  [["set-anew", ...given, "--progress=json"], 0, /\*\*\*/u],
  [["serves", ...given], 0, /\*\*\*.*served/su],
  [["build", "--context=context", token], 0, /\*\*\*.*built/su],
  [["logs-in", ...given, "--registry=REGISTRY"], 1, /Error: /u],
  [["image", ...given, "export", "--path=image.tar"], 0, /image\.tar/u],
])("%j shows it nowhere", async (words, code, shown) => {
  const { code: ended, stdout, stderr } = await call(...words);
  const all = `${stderr}${stdout}`;
  expect(ended, all).toBe(code);
  expect([formsIn(stdout), formsIn(stderr)]).toEqual([[], []]);
  expect(all).toMatch(shown);
});

test("who asks a function for the plaintext gets it, and nothing keeps it", async () => {
  const { stdout, stderr } = await call("answers", token);
  expect(stdout.toString()).toBe(canary);
  expect(formsIn(stderr)).toEqual([]);
});

/** What lies below a folder that holds it, also inside of what is compressed. */
function filesWith(folder: string): string[] {
  return filesBelow(folder).flatMap((path) => {
    const bytes = there(() => readFileSync(path)) ?? Buffer.alloc(0);
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const found = [...formsIn(bytes), ...(isGzip ? formsIn(gunzipSync(bytes)) : [])];
    return found.map((form) => `${path.slice(folder.length + 1)}: ${form}`);
  });
}

function filesBelow(folder: string): string[] {
  const entries = there(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

/** What is read; undefined: it was somebody else's, and is gone. */
function there<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

test("nothing that was written, packed or sent on the way holds it in any form", () => {
  expect(statSync(join(cache, "results")).isDirectory()).toBe(true);
  expect(filesWith(cache)).toEqual([]);
  expect(spans.length).toBeGreaterThan(10);
  expect(spans.flatMap(formsIn)).toEqual([]);
  const unpacked = join(root, "image");
  mkdirSync(unpacked);
  execFileSync("tar", ["-xf", join(module, "image.tar"), "-C", unpacked]);
  expect(readdirSync(join(unpacked, "blobs/sha256")).length).toBeGreaterThan(2);
  expect(filesWith(unpacked)).toEqual([]);
  expect(filesWith("/run/galley")).toEqual([]);
});

test("what is looked for is found: in a file, and in a compressed one", () => {
  const folder = join(root, "planted");
  mkdirSync(folder);
  writeFileSync(join(folder, "login"), JSON.stringify({ auth: btoa(`robot:${canary}`) }));
  writeFileSync(join(folder, "layer"), gzipSync(`x${[...canary].reverse().join("")}`));
  expect(filesWith(folder).sort()).toEqual(["layer: reversed", "login: base64 after 0 bytes"]);
});
