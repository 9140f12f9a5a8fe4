import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { scratchFolder } from "../server/open.ts";
import { type Asking, ask, leaf } from "./ask.ts";
import { busybox, exec } from "./busybox.ts";

/** One cache for all tests: what they start from is made once. */
const root = mkdtempSync(join(tmpdir(), "galley-sockets-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A socket of this machine that answers, once the other side has ended, with what it was sent. */
async function echo() {
  const path = join(scratchFolder(), "echo.sock");
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    let text = "";
    connection.on("data", (bytes: Buffer) => {
      text += bytes.toString("utf8");
    });
    connection.on("end", () => connection.end(`heard ${text}`));
  });
  await new Promise<void>((resolve) => {
    server.listen(path, resolve);
  });
  onTestFinished(() => void server.close());
  return path;
}

/** Perl is on every Debian machine and speaks to Unix sockets, which busybox does not. */
async function perl(session: Asking): Promise<string[]> {
  const lib = "/usr/lib/x86_64-linux-gnu";
  const names = ["libm.so.6", "libc.so.6", "libcrypt.so.1*", "ld-linux-x86-64.so.2", "perl-base"];
  const include = JSON.stringify(names);
  const libraries = leaf(
    await ask(`{host{directory(path:"${lib}",include:${include}){id}}}`, session),
  );
  const program = leaf(await ask('{host{file(path:"/usr/bin/perl"){id}}}', session));
  return [
    `withDirectory(path:"${lib}",source:"${libraries}")`,
    `withDirectory(path:"/lib64",source:"${libraries}")`,
    `withFile(path:"/usr/bin/perl",source:"${program}")`,
    'withEnvVariable(name:"LD_LIBRARY_PATH",value:"/lib64")',
  ];
}

/** Sends a text to a socket, ends its own side, and prints the answer. */
function say(path: string, text: string): string {
  const connect = `IO::Socket::UNIX->new(Peer => "${path}") or die "$!"`;
  const program = `$s = ${connect}; print $s "${text}"; $s->shutdown(1); print <$s>;`;
  return exec(`/usr/bin/perl -MIO::Socket::UNIX -e '${program}' 2>&1`);
}

async function onMachine() {
  const { session, run } = await busybox(root);
  const installed = await perl(session);
  const path = await echo();
  const socket = String(leaf(await ask(`{host{unixSocket(path:"${path}"){id}}}`, session)));
  return { session, path, socket, run: (...fields: string[]) => run(...installed, ...fields) };
}

const withSocket = (path: string, source: string, more = "") =>
  `withUnixSocket(path:"${path}",source:"${source}"${more})`;
const user = (name: string) => `withUser(name:"${name}")`;

test("a step speaks to a socket of the host; it stays over mounts, and leaves nothing", async () => {
  const { run, socket } = await onMachine();
  const socketAt = withSocket("/run/far/echo.sock", socket);
  const mount = 'withMountedTemp(path:"/run")';
  const said = [say("/run/far/echo.sock", "hello"), "stdout"];
  expect(await run(mount, socketAt, ...said)).toBe("heard hello");
  expect(await run(socketAt, mount, ...said)).toBe("heard hello");
  expect(await run(socketAt, 'withoutMount(path:"/run/far/echo.sock")', ...said)).toBe(
    "heard hello",
  );
  expect(await run(socketAt, "mounts")).toEqual([]);
  expect(await run(socketAt, exec("true"), 'rootfs{glob(pattern:"run/**")}')).toEqual([]);
  expect(readdirSync("/run/galley/sockets").filter(isOurs)).toEqual([]);
});

test("a socket is its owner's, and the machine's own keeps its mode", async () => {
  const { run, socket, path } = await onMachine();
  const before = statSync(path);
  const owned = withSocket("/s", socket, ',owner:"1000:1000"');
  expect(await run(owned, user("1000"), say("/s", "mine"), "stdout")).toBe("heard mine");
  const others = [withSocket("/s", socket), user("1000")];
  expect(await run(...others, `${say("/s", "theirs").slice(0, -1)},expect:ANY)`, "stdout")).toMatch(
    /^Permission denied/u,
  );
  await run(owned, exec("chmod 777 /s; chown 5:5 /s"), "sync");
  const { mode, uid, gid } = statSync(path);
  expect([mode, uid, gid]).toEqual([before.mode, before.uid, before.gid]);
});

test("a socket is taken away, and one at the same path takes its place", async () => {
  const { session, run, socket } = await onMachine();
  const missing = String(leaf(await ask('{address(value:"unix:///no/s"){socket{id}}}', session)));
  const socketAt = withSocket("/s", socket);
  expect(await run(socketAt, 'withoutUnixSocket(path:"/s")', exec("ls /"), "stdout")).not.toMatch(
    /^s$/mu,
  );
  expect(await run(withSocket("/s", missing), socketAt, say("/s", "2"), "stdout")).toBe("heard 2");
  expect(await run(withSocket("/s", missing), exec("true"), "sync")).toBe(
    "unix socket /no/s, to be mounted at /s: no such file or directory",
  );
  const folder = String(leaf(await ask('{host{unixSocket(path:"/usr"){id}}}', session)));
  expect(await run(withSocket("/s", folder), exec("true"), "sync")).toBe(
    "unix socket /usr, to be mounted at /s: it is no socket",
  );
});

test("a service has sockets too, and gives them up when it is stopped", async () => {
  const { session, run, socket } = await onMachine();
  const service = await run(
    withSocket("/s", socket),
    "withExposedPort(port:8080,experimentalSkipHealthcheck:true)",
    'asService(args:["sleep","1000"])',
    "id",
  );
  const id = JSON.stringify(service);
  await ask(`{loadServiceFromID(id:${id}){start}}`, session);
  expect(readdirSync("/run/galley/sockets").filter(isOurs)).toHaveLength(1);
  await ask(`{loadServiceFromID(id:${id}){stop(kill:true)}}`, session);
  expect(readdirSync("/run/galley/sockets").filter(isOurs)).toEqual([]);
  expect(existsSync("/run/galley/sockets")).toBe(true);
});

function isOurs(name: string): boolean {
  return name.startsWith(`galley-${process.pid}-`);
}
