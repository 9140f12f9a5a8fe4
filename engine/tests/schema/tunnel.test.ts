import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { freePort } from "../../src/testing/free-port.ts";
import { type Asking, ask, leaf } from "./ask.ts";
import { busybox, newFile } from "./busybox.ts";

const web = [
  newFile("/www/f", "served"),
  'withExposedPort(port:8080,description:"pages")',
  'asService(args:["httpd","-f","-p","8080","-h","/www"])',
];

async function serving() {
  const { session, run } = await busybox();
  const service = String(await run(...web, "id"));
  return { session, run, service, inService: load(session, service) };
}

const load = (session: Asking, id: string) => async (fields: string) => {
  const answer = await ask(`{loadServiceFromID(id:${JSON.stringify(id)}){${fields}}}`, session);
  return typeof answer === "string" ? answer : leaf(answer);
};

/** The handle of a tunnel to the service, and what its fields answer. */
async function tunnel(session: Asking, service: string, more = "") {
  const made = await ask(`{host{tunnel(service:"${service}"${more}){id}}}`, session);
  if (typeof made === "string") return { made, on: async () => made };
  return { made: String(leaf(made)), on: load(session, String(leaf(made))) };
}

const get = async (address: string) => (await fetch(`${address}/f`)).text();
const answers = (address: string) =>
  get(address).then(
    () => true,
    () => false,
  );

test("a tunnel leads from a free port of the machine; it is found once it runs", async () => {
  const { session, service } = await serving();
  const { on } = await tunnel(session, service);
  expect(await on("hostname")).toBe("the tunnel is not running: ask for its start first");
  await on("start");
  expect(await on("hostname")).toBe("127.0.0.1");
  const address = String(await on('endpoint(scheme:"http")'));
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/u);
  expect(await on("ports{port}")).toEqual([{ port: Number(address.split(":").at(-1)) }]);
  expect(await get(address)).toBe("served");
  await on("stop");
  expect(await answers(address)).toBe(false);
});

test("the ports of a tunnel can be chosen; it ends when its service does", async () => {
  const { session, service, inService } = await serving();
  const port = await freePort();
  const { on } = await tunnel(session, service, `,ports:[{frontend:${port},backend:8080}]`);
  await on("start");
  expect(await get(`http://localhost:${port}`)).toBe("served");
  await inService("stop(kill:true)");
  await vi.waitFor(async () => expect(await answers(`http://localhost:${port}`)).toBe(false));
});

test("a tunnel that cannot be is refused, with the reason", async () => {
  const { session, run, service } = await serving();
  const taken = createServer();
  await new Promise<void>((resolve) => {
    taken.listen(0, "0.0.0.0", resolve);
  });
  onTestFinished(() => void taken.close());
  const { port } = taken.address() as { port: number };
  const { on } = await tunnel(session, service, `,ports:[{frontend:${port},backend:8080}]`);
  expect(await on("start")).toBe(
    `host to container: listen tcp 0.0.0.0:${port}: bind: address already in use`,
  );
  const portless = String(await run('asService(args:["sleep","9"])', "id"));
  expect((await tunnel(session, portless)).made).toBe("no ports to forward");
  const ofHost = leaf(await ask("{host{service(ports:[{backend:1}]){id}}}", session));
  expect((await tunnel(session, String(ofHost))).made).toBe(
    "tunneling to non-Container services is not supported",
  );
});

test("up says where each port is, and goes on until the session ends", async () => {
  const { session, inService } = await serving();
  let over = false;
  const up = inService("up(random:true)").finally(() => {
    over = true;
  });
  const notice = await vi.waitFor(() => {
    const found = session.happened.flatMap((event) =>
      event.type === "notice" ? (/^port 8080 is at (http:\S+)$/u.exec(event.text) ?? []) : [],
    );
    expect(found).toHaveLength(2);
    return found[1] as string;
  }, 10_000);
  expect(await get(notice)).toBe("served");
  await sleep(300);
  expect(over).toBe(false);
  await session.close();
  expect(await up).toBeNull();
});

test("up fails with its service", async () => {
  const { run } = await busybox();
  const dies = ["sh", "-c", "echo last words >&2; sleep 0.5; exit 4"];
  const port = "withExposedPort(port:1,experimentalSkipHealthcheck:true)";
  expect(await run(port, `up(args:${JSON.stringify(dies)},random:true)`)).toBe("exit code: 4");
});
