import { fileURLToPath } from "node:url";
import { galley, openSession, scratchCache } from "@kitchen/galley/testing";
import { afterAll, expect, onTestFinished, test } from "vitest";

/*
 * A module in the style of Dagger's documentation: interfaces, enums, objects across files, private
 * state, arguments of every kind, and a dependency. Nothing in it knows of galley or Kitchen.
 */
const module = fileURLToPath(new URL("fixtures/parcels", import.meta.url));
const cache = scratchCache();
afterAll(() => cache.remove());

async function open() {
  const session = await openSession({ module, cache });
  onTestFinished(() => session.close());
  await session.module();
  const ask = (text: string) => session.query(text).catch((error: Error) => error.message);
  return { session, ask };
}

const call = (...args: string[]) => galley(["call", ...args], { cwd: module, cache });

test("objects across files hold objects, lists of them and of texts, and records", async () => {
  const { ask } = await open();
  expect(
    await ask("{parcels{code grams tags status to{line} liftable} center{latitude longitude}}"),
  ).toEqual({
    parcels: [
      {
        ...{ code: "A1", grams: 500, tags: ["monday.csv"], status: "PACKED", liftable: null },
        to: { line: "1 First Street, Alby" },
      },
      {
        ...{ code: "A2", grams: 1250, tags: ["monday.csv"], status: "PACKED", liftable: null },
        to: { line: "2 Second Street, Brookfield" },
      },
    ],
    center: { latitude: 48.25, longitude: -3.5 },
  });
});

test("private state goes from call to call, of an object and of those in it", async () => {
  const { ask } = await open();
  const parcel = 'parcel(code:"X",street:"s",city:"c")';
  expect(await ask(`{${parcel}{to{visited{visited(times:2){visitors line}}}}}`)).toEqual({
    parcel: { to: { visited: { visited: { visitors: "3 visitors", line: "s, c" } } } },
  });
  const { parcels } = (await ask("{parcels{id to{id}}}")) as {
    parcels: { id: string; to: { id: string } }[];
  };
  const [one, two] = parcels.map(({ id, to }) => ({ id, to: to.id }));
  expect(
    await ask(
      `{node(id:"${one?.id}"){... on ParcelsParcel{withStop(stop:"${two?.to}"){status stops{city} slip{contents} withTags(tags:["a","b"]){tags}}}}}`,
    ),
  ).toEqual({
    node: {
      withStop: {
        slip: { contents: "A1\n1 First Street, Alby\nvia 2 Second Street, Brookfield" },
        status: "ON_ITS_WAY",
        stops: [{ city: "Brookfield" }],
        withTags: { tags: ["monday.csv", "a", "b"] },
      },
    },
  });
  const ids = parcels.map(({ id }) => `"${id}"`);
  const sent = `withSent(parcels:[${ids[0]}])`;
  const delivered = `withSent(parcels:[${ids[1]}],status:DELIVERED)`;
  expect(
    await ask(
      `{${sent}{${delivered}{all:sentParcels{code status} some:sentParcels(first:1){code}}}}`,
    ),
  ).toEqual({
    withSent: {
      withSent: {
        all: [
          { code: "A1", status: "ON_ITS_WAY" },
          { code: "A2", status: "DELIVERED" },
        ],
        some: [{ code: "A1" }],
      },
    },
  });
});

test("arguments: optional, with defaults, of the constructor, from the module and its repository", async () => {
  const { ask } = await open();
  expect(
    await ask(
      '{currency lists greeting beside nothing next(status:PACKED) distance(from:1.0,to:2.5) with(currency:"USD"){currency sendAll(list:"tuesday.csv")} sendAll}',
    ),
  ).toEqual({
    beside: ["README.md"],
    currency: "EUR",
    distance: 3,
    greeting: "Good morning",
    lists: ["monday.csv", "tuesday.csv"],
    next: "ON_ITS_WAY",
    nothing: null,
    sendAll: "2 EUR EXPRESS label.txt",
    with: { currency: "USD", sendAll: "1 USD EXPRESS label.txt" },
  });
  expect(await ask('{parcels(name:"sunday.csv"){code}}')).toBe(
    "stat sunday.csv: no such file or directory",
  );
});

test("another module's objects stand for the interface, whoever made them", async () => {
  const { ask } = await open();
  const { couriers, parcels } = (await ask(
    '{couriers{bicycle(rider:"bo"){id} ship{id}} parcels{id}}',
  )) as { couriers: Record<string, { id: string }>; parcels: { id: string }[] };
  const [bicycle, ship] = [couriers.bicycle?.id, couriers.ship?.id];
  const all = parcels.map(({ id }) => `"${id}"`).join();
  expect(
    await ask(`{
      ship:price(carrier:"${ship}",parcels:[${all}])
      safely:price(carrier:"${ship}",parcels:[${all}],insured:true)
      bicycle:price(carrier:"${bicycle}",parcels:[${all}],insured:true)
      quotes(carriers:["${ship}","${bicycle}"],grams:1000)
      turn(carriers:["${ship}","${bicycle}"],day:3){title}
      networkOf(carrier:"${bicycle}")
      label(carrier:"${bicycle}",parcel:${all.split(",")[0]}){name contents}
      rider(name:"cy"){title quote(grams:150) partners{title}}
    }`),
  ).toEqual({
    bicycle: 18 + 10,
    label: { name: "label.txt", contents: "A1 from 1 Depot Road, Hub, by bo" },
    networkOf: ["bo junior's bicycle"],
    quotes: [1000, 10],
    rider: { partners: [{ title: "cy junior's bicycle" }], quote: 2, title: "cy's bicycle" },
    safely: 3500,
    ship: 1750,
    turn: { title: "bo's bicycle" },
  });
  expect(await ask(`{price(carrier:${all.split(",")[0]},parcels:[])}`)).toBe(
    'argument "carrier": ParcelsParcel is no ParcelsCarrier: it lacks title, quote, label, partners',
  );
});

test("the command line chains through lists, takes enums and lists, and fails with what was thrown", async () => {
  const lines = [
    ["parcels", "to", "line"],
    ["parcel", "--code=Z", "--street=s", "--city=c", "with-tags", "--tags=a,b", "tags"],
    ["tally", "--states", "packed,DELIVERED,Packed"],
    ["with-lists", "directory", "--path=/lists", "entries"],
    ["parcel", "--code=Z", "--street=s", "--city=c", "slip", "contents"],
  ];
  const answers = await Promise.all(lines.map((line) => call(...line)));
  expect(answers.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
    [0, "1 First Street, Alby\n2 Second Street, Brookfield\n"],
    [0, "a\nb\n"],
    [0, "PACKED: 2\nDELIVERED: 1\n"],
    [0, "monday.csv\ntuesday.csv\n"],
    [0, "Z\ns, c"],
  ]);
  const heavy = await call("heaviest", "liftable");
  expect([heavy.exitCode, heavy.stderr.match(/^Error: .*$/mu)?.[0]]).toEqual([
    1,
    "Error: HEAVY weighs 25000 g",
  ]);
});

test("checks are found on the module and on what it answers", async () => {
  const check = (...args: string[]) => galley(["check", ...args], { cwd: module, cache });
  const listed = await check("-l");
  expect(listed.stdout.match(/^parcels\S+/gmu)).toEqual([
    "parcels:filled",
    "parcels:heaviest:liftable",
  ]);
  expect((await check("filled")).exitCode).toBe(0);
  expect(await check()).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("HEAVY weighs 25000 g"),
  });
});
