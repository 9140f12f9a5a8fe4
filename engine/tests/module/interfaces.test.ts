import { expect, test } from "vitest";
import { testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

/*
 * Three modules as others write them: one says what a channel for news is, one has such channels
 * and knows nothing of the first, and one brings the two together. (A function asks each channel
 * one thing only: the SDK's stand-in for an interface goes on from where the last call led.)
 */

const newsroom = `
import { dag, func, object, type Directory, type File } from "@dagger.io/dagger"
import { Edition } from "./edition"

/** Where news can go. */
export interface Channel {
  label(): Promise<string>
  send(text: string, urgency?: Urgency): Promise<string>
  quieter(): Promise<Channel>
  mirrors(): Promise<Channel[]>
  archive(): Promise<Directory>
}

/** How soon it is read. */
export enum Urgency {
  /** today */
  Normal = "NORMAL",
  RightNow = "RIGHT_NOW",
}

/** A folder-like thing: the API's own types have what it takes. */
export interface Listing {
  entries(): Promise<string[]>
}

@object()
export class Newsroom {
  private sent: string[]

  @func()
  readers: number

  /** The channel that is used when none is given. */
  usual?: Channel

  constructor() { this.sent = []; this.readers = 0 }

  @func()
  withReaders(count: number): Newsroom {
    this.readers += count
    this.sent = [...this.sent, "readers +" + count]
    return this
  }

  @func()
  withUsual(channel: Channel): Newsroom { this.usual = channel; return this }

  @func()
  log(): string[] { return this.sent }

  @func()
  async tell(channel: Channel, text: string, urgency: Urgency = Urgency.Normal): Promise<string> {
    return await channel.send(text, urgency)
  }

  @func()
  async tellUsual(text: string): Promise<string> { return this.usual!.send(text) }

  @func()
  async tellAll(channels: Channel[], text: string): Promise<string[]> {
    return Promise.all(channels.map((each) => each.send(text)))
  }

  @func()
  async loudest(channels: Channel[]): Promise<Channel> { return channels[0] }

  @func()
  async whisper(channel: Channel, text: string): Promise<string> {
    const quiet = await channel.quieter()
    return quiet.send(text)
  }

  @func()
  async mirrored(channel: Channel): Promise<string[]> {
    const labels: string[] = []
    for (const mirror of await channel.mirrors()) labels.push(await mirror.label())
    return labels
  }

  @func()
  async archived(channel: Channel): Promise<Directory> { return channel.archive() }

  @func()
  async listed(listing: Listing): Promise<string[]> { return listing.entries() }

  @func()
  edition(title: string): Edition { return new Edition(title) }
}
`;

const edition = `
import { dag, func, object, type File } from "@dagger.io/dagger"

@object()
export class Edition {
  @func() title: string
  constructor(title: string) { this.title = title }
  @func()
  paper(): File { return dag.directory().withNewFile("paper.txt", this.title).file("paper.txt") }
}
`;

const pigeon = `
import { dag, func, object, type Directory } from "@dagger.io/dagger"

@object()
export class Bird {
  name: string
  loud: boolean
  constructor(name: string, loud: boolean = true) { this.name = name; this.loud = loud }
  @func() label(): string { return this.name }
  @func() send(text: string, urgency?: string): string { return (this.loud ? text.toUpperCase() : text) + " by " + this.name + " " + (urgency ?? "whenever") }
  @func() quieter(): Bird { return new Bird(this.name, false) }
  @func() mirrors(): Bird[] { return [new Bird(this.name + " I"), new Bird(this.name + " II")] }
  @func() archive(): Directory { return dag.directory().withNewFile(this.name + ".txt", "") }
}

@object()
export class Pigeon {
  @func()
  bird(name: string): Bird { return new Bird(name) }
  @func()
  stone(): Stone { return new Stone() }
}

@object()
export class Stone {
  @func() label(): string { return "a stone" }
}
`;

const paper = `
import { dag, func, object, NewsroomUrgency } from "@dagger.io/dagger"

@object()
export class Paper {
  @func()
  async morning(): Promise<string[]> {
    const [al, bo] = ["al", "bo"].map((name) => dag.pigeon().bird(name))
    return [
      await dag.newsroom().tell(al, "rain", { urgency: NewsroomUrgency.RightNow }),
      await dag.newsroom().whisper(al, "sun"),
      ...(await dag.newsroom().tellAll([al, bo], "wind")),
      ...(await dag.newsroom().mirrored(bo)),
      ...(await dag.newsroom().archived(bo).entries()),
      await dag.newsroom().loudest([bo, al]).label(),
      await dag.newsroom().loudest([bo, al]).send("fog"),
      ...(await dag.newsroom().listed(dag.directory().withNewFile("of-the-api", ""))),
      await dag.newsroom().withUsual(bo).tellUsual("hail"),
      await dag.newsroom().edition("late").paper().contents(),
      String(await dag.newsroom().withReaders(2).withReaders(3).readers()),
      ...(await dag.newsroom().withReaders(2).withReaders(3).log()),
    ]
  }
  @func()
  async thrown(): Promise<string> { return dag.newsroom().tell(dag.pigeon().stone(), "ouch") }
}
`;

test("objects of one module stand for the interface of another", async () => {
  const dependencies = ["newsroom", "pigeon"].map((name) => ({ name, source: `../${name}` }));
  const config = (name: string, more: object = {}) =>
    JSON.stringify({ name, sdk: "typescript", ...more });
  const root = writeModule("paper", "", {
    "dagger.json": "",
    "paper/dagger.json": config("paper", { dependencies }),
    "paper/src/index.ts": paper,
    "newsroom/dagger.json": config("newsroom"),
    "newsroom/src/index.ts": newsroom,
    "newsroom/src/edition.ts": edition,
    "pigeon/dagger.json": config("pigeon", { source: "code" }),
    "pigeon/code/src/index.ts": pigeon,
  });
  const session = await testSession({ cacheRoot: await preparedCache(), workdir: root });
  await session.loadModule("paper");
  const ask = async (query: string) => {
    const { data, errors } = await session.query({ query });
    return errors?.map(({ message }) => message) ?? data;
  };
  expect(await ask("{morning}")).toEqual({
    morning: [
      "RAIN by al RIGHT_NOW",
      "sun by al whenever",
      "WIND by al whenever",
      "WIND by bo whenever",
      "bo I",
      "bo II",
      "bo.txt",
      "bo",
      "FOG by bo whenever",
      "of-the-api",
      "HAIL by bo whenever",
      "late",
      "5",
      "readers +2",
      "readers +3",
    ],
  });
  expect(await ask("{thrown}")).toEqual([
    'argument "channel": PigeonStone is no NewsroomChannel: it lacks send, quieter, mirrors, archive',
  ]);

  // What a client sees of an interface: the object's own handle, and the interface's functions.
  const { pigeon: made } = (await ask('{pigeon{bird(name:"cy"){id}}}')) as {
    pigeon: { bird: { id: string } };
  };
  const loudest = `loudest(channels:["${made.bird.id}"]){id label mirrors{label}}`;
  expect(await ask(`{newsroom{${loudest}}}`)).toEqual({
    newsroom: {
      loudest: { id: made.bird.id, label: "cy", mirrors: [{ label: "cy I" }, { label: "cy II" }] },
    },
  });
  const asChannel = `... on NewsroomChannel{label quieter{id}} ... on PigeonBird{own:label}`;
  expect(await ask(`{node(id:"${made.bird.id}"){__typename ${asChannel}}}`)).toMatchObject({
    node: {
      __typename: "PigeonBird",
      label: "cy",
      own: "cy",
      quieter: { id: expect.stringMatching(/^PigeonBird@/u) },
    },
  });
});
