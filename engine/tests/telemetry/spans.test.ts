import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { writeModule } from "../module/write-module.ts";

const galley = fileURLToPath(new URL("../../bin/galley.cjs", import.meta.url));

const index = `
import { dag, object, func, type Directory, type Secret } from "@dagger.io/dagger";
@object()
export class Spanned {
  @func()
  async step(bin: Directory, token: Secret, text: string, fail = false): Promise<string> {
    const plaintext = await token.plaintext();
    console.log("in the function: " + plaintext);
    return dag.container().withDirectory("/bin", bin)
      .withSecretVariable("TOKEN", token)
      .withExec(["/bin/busybox", "sh", "-c", "echo " + text + " " + plaintext + (fail ? "; exit 9" : "")])
      .stdout();
  }
}
`;

const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }),
  attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })),
});
const sent = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: span.shape.attributes }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
});

/** An OTLP endpoint on loopback: what it was sent, as it came. */
async function receiver() {
  const bodies: { path: string; type: string; body: Buffer; token: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { "content-type": type = "", "x-token": token } = request.headers;
    bodies.push({ path: request.url ?? "", type, body: Buffer.concat(chunks), token: `${token}` });
    response.writeHead(200, { "content-type": type }).end(type.includes("json") ? "{}" : "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const spans = () =>
    bodies.flatMap(({ body }) =>
      sent
        .parse(JSON.parse(body.toString()))
        .resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans)),
    );
  return { endpoint: `http://127.0.0.1:${port}`, bodies, spans };
}

let root: string;
let module: string;
let cache: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "galley-spans-"));
  cache = join(root, "cache");
  module = writeModule("spanned", index, {}, join(root, "module"));
  mkdirSync(join(module, "bin"));
  copyFileSync("/bin/busybox", join(module, "bin/busybox"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const secret = ["t0ken", "that", "nobody", "sees"].join("-");

function call(text: string, env: Record<string, string>, ...more: string[]) {
  const words = ["call", "step", "--bin=bin", "--token=env:PLANTED", `--text=${text}`, ...more];
  const { OTEL_EXPORTER_OTLP_ENDPOINT: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [galley, "-s", ...words], {
    cwd: module,
    env: { ...inherited, GALLEY_CACHE: cache, PLANTED: secret, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
    });
  }
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, ...output }));
  });
}

const attribute = (of: z.infer<typeof span>, name: string) =>
  Object.values(of.attributes.find(({ key }) => key === name)?.value ?? {})[0];

/** Each span under its parent, with what became of it. */
function outline(spans: readonly z.infer<typeof span>[], parent?: string, depth = 0): string[] {
  return spans
    .filter(({ parentSpanId }) =>
      parent === undefined
        ? !spans.some(({ spanId }) => spanId === parentSpanId)
        : parentSpanId === parent,
    )
    .flatMap((each) => [
      `${"  ".repeat(depth)}${each.name}${attribute(each, "galley.cached") === true ? " (cached)" : ""}${each.status.code === 2 ? " (error)" : ""}`,
      ...outline(spans, each.spanId, depth + 1),
    ]);
}

const json = { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };

test("calls, functions and steps, each below what began it; what was kept is marked", async () => {
  const { endpoint, spans, bodies } = await receiver();
  const env = {
    ...json,
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: "x-token=abc",
    OTEL_SERVICE_NAME: "our-pipeline",
    TRACEPARENT: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  };
  expect(await call("nested", env)).toEqual({ code: 0, stdout: "nested ***\n", stderr: "" });
  expect(outline(spans())).toEqual([
    "galley call",
    "  load module spanned",
    "  spanned.step",
    "    withExec /bin/busybox sh -c echo nested ***",
  ]);
  expect(new Set(spans().map(({ traceId }) => traceId))).toEqual(
    new Set(["0af7651916cd43dd8448eb211c80319c"]),
  );
  const root = spans().find(({ name }) => name === "galley call");
  expect(root?.parentSpanId).toBe("b7ad6b7169203331");
  expect(bodies.map(({ path, token }) => [path, token])).toContainEqual(["/v1/traces", "abc"]);
  expect(bodies[0]?.body.toString()).toContain("our-pipeline");

  bodies.length = 0;
  await call("nested", env);
  expect(outline(spans())).toEqual(["galley call", "  spanned.step (cached)"]);

  bodies.length = 0;
  expect(await call("failing", env, "--fail=true")).toMatchObject({ code: 9 });
  const failed = "    withExec /bin/busybox sh -c echo failing ***; exit 9 (error)";
  expect(outline(spans())).toEqual(["galley call (error)", "  spanned.step (error)", failed]);
  expect(spans().map((each) => attribute(each, "process.exit.code"))).toContain(9);
  for (const { body } of bodies) expect(body.toString()).not.toContain(secret);
});

test("by default as Protocol Buffers, to an endpoint for traces alone too", async () => {
  const { endpoint, bodies } = await receiver();
  await call("binary", { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${endpoint}/own/path` });
  const [{ path, type, body } = { path: "", type: "", body: Buffer.alloc(0) }] = bodies;
  expect([path, type]).toEqual(["/own/path", "application/x-protobuf"]);
  expect(body.includes("echo binary ***")).toBe(true);
});

test.each([
  ["nothing is set", {}],
  ["it is switched off", { OTEL_SDK_DISABLED: "true" }],
  ["another exporter is named", { OTEL_TRACES_EXPORTER: "none" }],
])("nothing is sent when %s", async (name, env) => {
  const { endpoint, bodies } = await receiver();
  const to = name === "nothing is set" ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  expect(await call("unsent", { ...json, ...to, ...env })).toMatchObject({ code: 0, stderr: "" });
  expect(bodies).toEqual([]);
});

test("where nobody answers: one warning, and the command's own exit code", async () => {
  const login = ["robot", "pass-word"].join(":");
  const nobody = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${login}@127.0.0.1:9` };
  const { code, stdout, stderr } = await call("alone", nobody);
  expect([code, stdout]).toEqual([0, "alone ***\n"]);
  expect(stderr).toMatch(
    /^galley: spans of this command could not be sent to http:\/\/\*\*\*@127\.0\.0\.1:9: .+\n$/u,
  );
  expect((await call("failing", nobody, "--fail=true")).code).toBe(9);
});

test("a protocol that galley does not speak is named", async () => {
  const { endpoint } = await receiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
  expect(await call("unsent", env)).toMatchObject({
    code: 0,
    stderr:
      'galley: no spans are sent: galley speaks http/protobuf and http/json, not "grpc" (OTEL_EXPORTER_OTLP_PROTOCOL)\n',
  });
});
