import { createServer } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { scratchFolder, testSession } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";

/** A build whose context has busybox; `base` is a stage with a shell. */
async function builder() {
  const session = await testSession({ cacheRoot: scratchFolder() });
  const busybox = leaf(
    await ask('{host{directory(path:"/bin",include:["busybox"]){id}}}', session),
  );
  const base =
    'FROM scratch AS base\nCOPY bb /bin\nRUN ["/bin/busybox","--install","-s","/bin"]\nENV PATH=/bin\n';
  const build = async (
    dockerfile: string,
    asked: string,
    { files = {}, args = "" }: { files?: Record<string, string>; args?: string } = {},
  ): Promise<unknown> => {
    const all = { ...files, Dockerfile: base + dockerfile };
    const fields = [
      "directory",
      `withDirectory(path:"bb",source:"${busybox}")`,
      ...Object.entries(all).map(
        ([path, text]) =>
          `withNewFile(path:${JSON.stringify(path)},contents:${JSON.stringify(text)})`,
      ),
      `dockerBuild${args}`,
      ...asked.split(" > "),
    ];
    const query = `{${fields.join("{")}${"}".repeat(fields.length)}`;
    const answer = await ask(query, session);
    return typeof answer === "string" ? answer : leaf(answer);
  };
  return { session, build };
}
const shell = (script: string) => `withExec(args:["sh","-c",${JSON.stringify(script)}]) > stdout`;

test("ENV, ARG, SHELL, USER and WORKDIR reach RUN as in Docker", async () => {
  const { build } = await builder();
  const dockerfile = [
    "FROM base",
    "ARG GIVEN=default",
    "ARG HIDDEN=arg",
    "ENV HIDDEN=env",
    "WORKDIR /made/here",
    'RUN echo "$GIVEN $HIDDEN $(pwd) $(id -u)" > /out',
    "USER 7:8",
    "WORKDIR below",
    'SHELL ["/bin/sh", "-ec"]',
    "RUN id -u > /tmp-out || true; stat -c %u:%g . ",
    "USER 0",
    'RUN stat -c %u:%g /made/here/below >> /out; echo "[$GIVEN]" >> /out',
  ].join("\n");
  expect(await build(dockerfile, shell('cat /out; echo "[$GIVEN]"'))).toBe(
    "default env /made/here 0\n7:8\n[default]\n[]\n",
  );
  const args = '(buildArgs:[{name:"GIVEN",value:"g"}])';
  expect(await build(dockerfile, shell("head -n 1 /out"), { args })).toBe("g env /made/here 0\n");
});

test("COPY: files, folders, patterns, owners, modes, other stages, here documents", async () => {
  const { build } = await builder();
  const files = { "a.txt": "a", "b.txt": "b", "src/x": "x", "src/.hid": "h", "src/log/l": "l" };
  const dockerfile = [
    "FROM base AS build",
    "RUN mkdir -p /o/p && echo p > /o/p/f && chown 5:6 /o/p/f && ln -s p/f /o/link",
    "FROM base",
    "COPY a.txt /one",
    "COPY *.txt /many/",
    "COPY --exclude=log src /src",
    "COPY --chown=3:4 --chmod=0640 a.txt /owned",
    "COPY --from=build /o/p /o/link /got/",
    "COPY <<EOF <<'RAW' /here/",
    "path is ${PATH}",
    "EOF",
    "path is ${PATH}",
    "RAW",
  ].join("\n");
  const listing = shell(
    'cd /; find one many src owned got here -exec stat -c "%n %a %u:%g" {} + | sort; cat one owned got/f here/EOF here/RAW',
  );
  expect(await build(dockerfile, listing, { files })).toMatchInlineSnapshot(`
    "got 755 0:0
    got/f 644 5:6
    got/link 644 5:6
    here 755 0:0
    here/EOF 644 0:0
    here/RAW 644 0:0
    many 755 0:0
    many/a.txt 644 0:0
    many/b.txt 644 0:0
    one 644 0:0
    owned 640 3:4
    src 755 0:0
    src/.hid 644 0:0
    src/x 644 0:0
    aap
    path is /bin
    path is \${PATH}
    "
  `);
});

test("a stage that nothing needs is not built, and equal steps run once", async () => {
  const { session, build } = await builder();
  const dockerfile = "FROM base AS unused\nRUN false\nFROM base\nCOPY a /a\nRUN cat /a > /b\n";
  const ran = () => session.started().filter((title) => title.includes("cat /a")).length;
  expect(await build(dockerfile, 'file(path:"/b") > contents', { files: { a: "1" } })).toBe("1");
  await build(dockerfile, 'file(path:"/b") > contents', { files: { a: "1", other: "x" } });
  expect(ran()).toBe(1);
  await build(dockerfile, 'file(path:"/b") > contents', { files: { a: "2" } });
  expect(ran()).toBe(2);
});

test("RUN mounts: the context, another stage, a cache, a secret that leaves no trace", async () => {
  const { session, build } = await builder();
  const secret = leaf(await ask('{setSecret(name:"tok",plaintext:"pl41n"){id}}', session));
  const dockerfile = [
    "FROM base AS other",
    "RUN echo o > /o",
    "FROM base",
    "RUN --mount=target=/ctx --mount=from=other,source=/,target=/other cat /ctx/a /other/o > /out",
    "RUN --mount=type=cache,target=/c echo kept > /c/f",
    "RUN --mount=type=cache,target=/c cat /c/f >> /out",
    "RUN --mount=type=secret,id=tok --mount=type=secret,id=tok,env=TOK sh -c 'wc -c < /run/secrets/tok; echo ${#TOK}' >> /out",
  ].join("\n");
  const files = { a: "1\n" };
  const args = `(secrets:["${secret}"])`;
  expect(
    await build(dockerfile, shell("cat /out; ls -A /ctx /other /c /run/secrets 2>&1; true"), {
      files,
      args,
    }),
  ).toBe(
    "1\no\nkept\n5\n5\nls: /ctx: No such file or directory\nls: /other: No such file or directory\nls: /c: No such file or directory\nls: /run/secrets: No such file or directory\n",
  );
});

test("what an image says of itself: entrypoint, command, labels, ports, health", async () => {
  const { build } = await builder();
  const dockerfile = [
    "FROM base AS one",
    "CMD one",
    'ENTRYPOINT ["/e"]',
    "FROM one",
    'ENTRYPOINT ["/f", "x"]',
    'LABEL a="b c" d=e',
    "EXPOSE 80-81 90/udp",
    "HEALTHCHECK --interval=1m30s --retries=2 CMD curl -f localhost",
  ].join("\n");
  const asked =
    "entrypoint defaultArgs labels{name value} exposedPorts{port protocol} dockerHealthcheck{args shell interval retries}";
  expect(await build(dockerfile, asked)).toEqual({
    entrypoint: ["/f", "x"],
    defaultArgs: [],
    labels: [
      { name: "a", value: "b c" },
      { name: "d", value: "e" },
    ],
    exposedPorts: [
      { port: 80, protocol: "TCP" },
      { port: 81, protocol: "TCP" },
      { port: 90, protocol: "UDP" },
    ],
    dockerHealthcheck: {
      args: ["curl -f localhost"],
      shell: true,
      interval: "1m30s",
      retries: 2,
    },
  });
});

test("mistakes are named with the instruction and its line", async () => {
  const { build } = await builder();
  expect(await build("FROM base\nCOPY none /x", "sync")).toBe(
    '"/none": not found (COPY none /x, line 6 of Dockerfile)',
  );
  expect(await build("FROM base\nRUN exit 3", "sync")).toBe("exit code: 3");
  expect(await build("FROM base\nADD https://example.com/x /x", "sync")).toBe(
    "failed to convert Dockerfile to LLB: dockerfile parse error on line 6: galley has no ADD of an address (https://example.com/x): bring it by RUN",
  );
  expect(await build("FROM base\nCOPY a b c", "sync")).toContain(
    "parse error on line 6: When using COPY with more than one source file",
  );
  expect(await build("FROM base\nRUN --network=host x", "sync")).toContain(
    "parse error on line 6: galley has no RUN --network=host",
  );
  expect(await build("FROM base\nENV A", "sync")).toContain("line 6: ENV must have two arguments");
  expect(await build("", "sync", { args: '(dockerfile:"Other")' })).toBe(
    "failed to read dockerfile: open Other: no such file or directory",
  );
});

test("RUN --mount=type=ssh has the agent's socket for that command only", async () => {
  const { session, build } = await builder();
  const path = join(scratchFolder(), "agent.sock");
  const server = createServer().listen(path);
  onTestFinished(() => void server.close());
  const socket = leaf(await ask(`{host{unixSocket(path:"${path}"){id}}}`, session));
  const lines = [
    "FROM base",
    'RUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && echo "$SSH_AUTH_SOCK" > /out',
    "RUN --mount=type=ssh,target=/agent,uid=5 stat -c %u /agent >> /out",
    'RUN echo "[$SSH_AUTH_SOCK]" >> /out; ls /run/buildkit >> /out 2>&1 || true',
  ];
  const asked = shell("cat /out; echo $SSH_AUTH_SOCK");
  expect(await build(lines.join("\n"), asked, { args: `(ssh:"${socket}")` })).toMatch(
    /^\/run\/buildkit\/ssh_agent\.0\n5\n\[\]\n(?:ls: .*\n)?\n$/u,
  );
  const wanting = "FROM base\nRUN --mount=type=ssh,required=true true";
  expect(await build(wanting, "sync")).toMatch(
    /line 6: RUN --mount=type=ssh needs an agent "default": give dockerBuild one by ssh$/u,
  );
  expect(await build("FROM base\nRUN --mount=type=ssh echo no > /out", shell("cat /out"))).toBe(
    "no\n",
  );
});
