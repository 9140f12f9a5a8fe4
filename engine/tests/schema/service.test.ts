import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { scratchFolder } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";
import { busybox, exec, newFile, variable } from "./busybox.ts";

const port = (number: number, more = "") => `withExposedPort(port:${number}${more})`;
const served = [newFile("/www/f", "served"), port(8080)];
const server = 'asService(args:["httpd","-f","-p","8080","-h","/www"])';
const bound = (alias: string, id: unknown) =>
  `withServiceBinding(alias:"${alias}",service:"${id}")`;
const fetched = (alias: string, more = "") =>
  exec(`wget -q -O - http://${alias}:8080/f; true ${more}`);

test("a service is started once for all who are bound to it, and only when a step needs it", async () => {
  const { session, run } = await busybox();
  const id = await run(...served, server, "id");
  const services = () => session.started().filter((title) => title.startsWith("service"));
  expect(services()).toEqual([]);
  const answers = await Promise.all(
    ["a", "b", "c"].map((alias) => run(bound(alias, id), fetched(alias), "stdout")),
  );
  expect(answers).toEqual(["served", "served", "served"]);
  expect(services()).toEqual(["service httpd -f -p 8080 -h /www"]);
  await run(bound("a", id), fetched("a"), "stdout");
  expect(services()).toHaveLength(1);
});

test("in a later session a step that is kept starts no service", async () => {
  const root = scratchFolder();
  const first = await busybox(root);
  const ask = async ({ run }: Awaited<ReturnType<typeof busybox>>) =>
    run(bound("a", await run(...served, server, "id")), fetched("a"), "stdout");
  expect(await ask(first)).toBe("served");
  await first.session.close();
  const second = await busybox(root);
  expect(await ask(second)).toBe("served");
  expect(second.session.started().filter((title) => title.startsWith("service"))).toEqual([]);
});

test("a service of a service; its own host name; variables and secrets as in a step", async () => {
  const { session, run } = await busybox();
  const secret = leaf(await ask('{setSecret(name:"s",plaintext:"hush-hush"){id}}', session));
  const inner = await run(...served, server, "id");
  const script = "wget -q -O /www/f http://inner:8080/f; echo $S; exec httpd -f -p 8080 -h /www";
  const outer = await run(
    ...served,
    bound("inner", inner),
    variable("X", "1"),
    `withSecretVariable(name:"S",secret:"${secret}")`,
    `asService(args:["sh","-c",${JSON.stringify(`${script} # $X`)}])`,
    'withHostname(hostname:"outer-host")',
    "id",
  );
  expect(await run(bound("o", outer), fetched("outer-host"), "stdout")).toBe("served");
  expect(JSON.stringify(session.happened)).not.toContain("hush-hush");
});

test("services that run know each other by name, whichever was first, and nobody once they are stopped", async () => {
  const { session, run } = await busybox();
  const named = async (name: string, other: string) =>
    run(
      ...served,
      `asService(args:["sh","-c","(until wget -q -O /www/got http://${other}:8080/f; do sleep 0.1; done) & exec httpd -f -p 8080 -h /www"])`,
      `withHostname(hostname:"${name}")`,
      "id",
    );
  const ids = [await named("svca", "svcb"), await named("svcb", "svca")];
  for (const id of ids) await ask(`{loadServiceFromID(id:"${id}"){start}}`, session);
  const got = (name: string, n: number) =>
    run(
      exec(`until wget -q -O - http://${name}:8080/got 2>/dev/null; do sleep 0.1; done # ${n}`),
      "stdout",
    );
  expect(await Promise.all([got("svca", 1), got("svcb", 1)])).toEqual(["served", "served"]);
  expect(await ask('{http(url:"http://svca:8080/f"){contents}}', session)).toEqual({
    http: { contents: "served" },
  });
  // A step that runs meanwhile sees the name go.
  const gone = run(
    exec("while grep -q svca /etc/hosts; do sleep 0.1; done; cat /etc/hosts"),
    "stdout",
  );
  await ask(`{loadServiceFromID(id:"${ids[0]}"){stop}}`, session);
  expect(await gone).toMatch(/\tsvcb\n$/u);
});

test("a service that ends before it answers fails those who need it, with its last words", async () => {
  const { session, run } = await busybox();
  const id = await run(port(8080), 'asService(args:["sh","-c","echo why >&2; exit 3"])', "id");
  const query = `{loadServiceFromID(id:"${id}"){start}}`;
  const { errors } = await session.query({ query });
  expect(errors?.[0]).toMatchObject({
    message: "exit code: 3",
    extensions: { _type: "EXEC_ERROR", exitCode: 3, stderr: "why\n", stdout: "" },
  });
  expect(await run(bound("a", id), exec("true"), "stdout")).toBe("exit code: 3");
});

test("it can be stopped and started; the end of the session ends it", async () => {
  const { session, run } = await busybox();
  const mark = `mark-${process.pid}-${Date.now()}`;
  const command = `asService(args:["sh","-c","trap 'echo bye; exit 0' TERM; while :; do sleep 0.1; done # ${mark}"])`;
  const id = await run(command, "id");
  const running = () =>
    execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })
      .split("\n")
      .filter((line) => line.includes(mark) && line.startsWith("sh "));
  // Between its fork and its exec a child has its parent's command line, too.
  const isOne = () => expect.poll(running, { timeout: 60_000 }).toHaveLength(1);
  await ask(`{loadServiceFromID(id:"${id}"){start}}`, session);
  await isOne();
  await ask(`{loadServiceFromID(id:"${id}"){stop}}`, session);
  expect(running()).toEqual([]);
  expect(JSON.stringify(session.happened)).toContain("bye");
  await ask(`{loadServiceFromID(id:"${id}"){start}}`, session);
  await isOne();
  await session.close();
  for (let tries = 0; running().length > 0 && tries < 50; tries++) await sleep(100);
  expect(running()).toEqual([]);
});

test("a port of the machine is a service, by the API and by its address", async () => {
  const web = createServer((_request, answer) => answer.end("of the host"));
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  const { port: backend } = web.address() as { port: number };
  try {
    const { session, run } = await busybox();
    const byApi = leaf(
      await ask(
        `{host{service(host:"127.0.0.1",ports:[{frontend:8080,backend:${backend}}]){id}}}`,
        session,
      ),
    );
    expect(await run(bound("h", byApi), fetched("h"), "stdout")).toBe("of the host");
    const byAddress = leaf(
      await ask(`{address(value:"tcp://127.0.0.1:${backend}"){service{id}}}`, session),
    );
    expect(
      await run(bound("h", byAddress), exec(`wget -q -O - http://h:${backend}/`), "stdout"),
    ).toBe("of the host");
    await session.close();
    const left = readdirSync("/run/galley/host-ports").filter((name) =>
      name.startsWith(`galley-${process.pid}-`),
    );
    expect(left).toEqual([]);
    expect(await ask('{address(value:"localhost:1"){service{id}}}')).toBe(
      '"localhost:1": a service is given as tcp://HOST:PORT, a port of this machine',
    );
  } finally {
    web.close();
  }
});
