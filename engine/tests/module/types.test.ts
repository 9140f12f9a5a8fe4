import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ApiError } from "../../src/tree/api-error.ts";
import { testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

const shop = `
/** A shop. */
import { object, func, check, argument, type Directory } from "@dagger.io/dagger";

/** How it is sent. */
export enum Speed { /** next week */ Slow = "slow", VeryFast = "very-fast" }

/** One thing that is sold. */
@object()
export class Item {
  /** what it is */
  @func()
  name: string;
  secretPrice = 3;
  constructor(name: string) { this.name = name; }
  /** is it there? */
  @func() @check()
  async inStock(): Promise<void> {}
}

/** Sells things. */
@object()
export class Shop {
  constructor(
    /** the goods */
    @argument({ defaultPath: "/", ignore: ["**/node_modules"] }) goods: Directory,
    owner: string = "ann",
  ) {}
  /** Sends an item. */
  @func({ cache: "10m" })
  send(item: Item, speed: Speed = Speed.VeryFast, notes?: string[]): string { return ""; }
  @func({ cache: "never" })
  first(): Item { return new Item("x"); }
  @func({ cache: "session" }) @check()
  open(): void {}
  notShown(): void {}
}
`;

test("what a module offers is read from its source", async () => {
  const session = await testSession({
    cacheRoot: await preparedCache(),
    workdir: writeModule("shop", shop),
  });
  const module = await session.loadModule(".");
  expect(module?.typeDefs).toMatchInlineSnapshot(`
    {
      "description": "A shop.",
      "enums": [
        {
          "description": "How it is sent.",
          "members": [
            {
              "description": "",
              "name": "SLOW",
              "originalName": "Slow",
              "value": "slow",
            },
            {
              "description": "",
              "name": "VERY_FAST",
              "originalName": "VeryFast",
              "value": "very-fast",
            },
          ],
          "name": "ShopSpeed",
          "originalName": "Speed",
        },
      ],
      "interfaces": [],
      "main": "Shop",
      "name": "shop",
      "objects": [
        {
          "construct": {
            "args": [
              {
                "defaultPath": "/",
                "description": "the goods",
                "ignore": [
                  "**/node_modules",
                ],
                "name": "goods",
                "originalName": "goods",
                "type": {
                  "kind": "object",
                  "name": "Directory",
                  "optional": false,
                },
              },
              {
                "default": "ann",
                "description": "",
                "name": "owner",
                "originalName": "owner",
                "type": {
                  "kind": "string",
                  "optional": false,
                },
              },
            ],
            "cache": {
              "kind": "kept",
              "seconds": 604800,
            },
            "description": "",
            "isCheck": false,
            "isGenerator": false,
            "isUp": false,
            "name": "",
            "originalName": "",
            "returns": {
              "kind": "object",
              "name": "Shop",
              "optional": false,
            },
          },
          "description": "Sells things.",
          "fields": [],
          "functions": [
            {
              "args": [
                {
                  "description": "",
                  "name": "item",
                  "originalName": "item",
                  "type": {
                    "kind": "object",
                    "name": "ShopItem",
                    "optional": false,
                  },
                },
                {
                  "default": "VERY_FAST",
                  "description": "",
                  "name": "speed",
                  "originalName": "speed",
                  "type": {
                    "kind": "enum",
                    "name": "ShopSpeed",
                    "optional": false,
                  },
                },
                {
                  "description": "",
                  "name": "notes",
                  "originalName": "notes",
                  "type": {
                    "item": {
                      "kind": "string",
                      "optional": false,
                    },
                    "kind": "list",
                    "optional": true,
                  },
                },
              ],
              "cache": {
                "kind": "kept",
                "seconds": 600,
              },
              "description": "Sends an item.",
              "isCheck": false,
              "isGenerator": false,
              "isUp": false,
              "name": "send",
              "originalName": "send",
              "returns": {
                "kind": "string",
                "optional": false,
              },
            },
            {
              "args": [],
              "cache": {
                "kind": "never",
              },
              "description": "",
              "isCheck": false,
              "isGenerator": false,
              "isUp": false,
              "name": "first",
              "originalName": "first",
              "returns": {
                "kind": "object",
                "name": "ShopItem",
                "optional": false,
              },
            },
            {
              "args": [],
              "cache": {
                "kind": "session",
              },
              "description": "",
              "isCheck": true,
              "isGenerator": false,
              "isUp": false,
              "name": "open",
              "originalName": "open",
              "returns": {
                "kind": "void",
                "optional": true,
              },
            },
          ],
          "name": "Shop",
          "originalName": "Shop",
        },
        {
          "construct": {
            "args": [
              {
                "description": "",
                "name": "name",
                "originalName": "name",
                "type": {
                  "kind": "string",
                  "optional": false,
                },
              },
            ],
            "cache": {
              "kind": "kept",
              "seconds": 604800,
            },
            "description": "",
            "isCheck": false,
            "isGenerator": false,
            "isUp": false,
            "name": "",
            "originalName": "",
            "returns": {
              "kind": "object",
              "name": "ShopItem",
              "optional": false,
            },
          },
          "description": "One thing that is sold.",
          "fields": [
            {
              "description": "what it is",
              "name": "name",
              "originalName": "name",
              "type": {
                "kind": "string",
                "optional": false,
              },
            },
          ],
          "functions": [
            {
              "args": [],
              "cache": {
                "kind": "kept",
                "seconds": 604800,
              },
              "description": "is it there?",
              "isCheck": true,
              "isGenerator": false,
              "isUp": false,
              "name": "inStock",
              "originalName": "inStock",
              "returns": {
                "kind": "void",
                "optional": true,
              },
            },
          ],
          "name": "ShopItem",
          "originalName": "Item",
        },
      ],
    }
  `);
  expect(module?.checks.map(({ path }) => path)).toEqual([["first", "inStock"], ["open"]]);
});

test("an unchanged module is not scanned again, a changed one is", async () => {
  const cacheRoot = await preparedCache();
  const workdir = writeModule("shop", shop);
  const load = async () => {
    const session = await testSession({ cacheRoot, workdir });
    await session.loadModule(".");
    return session.started();
  };
  expect(await load()).toEqual(["load module shop"]);
  expect(await load()).toEqual([]);
  writeFileSync(join(workdir, "src/more.ts"), "export const more = 1;\n");
  expect(await load()).toEqual(["load module shop"]);
  expect(await load()).toEqual([]);
});

test("what does not belong to the module does not count", async () => {
  const cacheRoot = await preparedCache();
  const workdir = writeModule("shop", shop, {
    "dagger.json": JSON.stringify({ name: "shop", sdk: "typescript", source: "module" }),
    "module/src/index.ts": shop,
    "README.md": "before",
  });
  const load = async () => {
    const session = await testSession({ cacheRoot, workdir: join(workdir, "module") });
    await session.loadModule(".");
    return session.started();
  };
  expect(await load()).toEqual(["load module shop"]);
  appendFileSync(join(workdir, "README.md"), "after");
  expect(await load()).toEqual([]);
});

test.each([
  [
    "another SDK",
    { "dagger.json": JSON.stringify({ name: "m", sdk: { source: "python" } }) },
    /dagger\.json: sdk is "python": galley runs modules of the "typescript" SDK only$/u,
  ],
  ["no JSON", { "dagger.json": "{" }, /dagger\.json cannot be read: /u],
  [
    "no name",
    { "dagger.json": JSON.stringify({ sdk: "typescript" }) },
    /dagger\.json: name: Invalid input: expected string, received undefined$/u,
  ],
  [
    "no such source",
    { "dagger.json": JSON.stringify({ name: "m", sdk: "typescript", source: "none" }) },
    /there is no folder .*none\/src: a TypeScript module's classes live there$/u,
  ],
  [
    "a function named id",
    {
      "src/index.ts":
        'import { object, func } from "@dagger.io/dagger"; @object() export class M { @func() id(): string { return ""; } }',
    },
    /module m: cannot define field with reserved name "id" on object "M": choose another name$/u,
  ],
  [
    "a cache time that is none",
    {
      "src/index.ts":
        'import { object, func } from "@dagger.io/dagger"; @object() export class M { @func({ cache: "soon" }) f(): string { return ""; } }',
    },
    /function f: cache "soon" is no duration: use "never", "session", or a time such as "10m" or "1h30m"$/u,
  ],
  [
    "a type nobody knows",
    {
      "src/index.ts":
        'import { object, func } from "@dagger.io/dagger"; @object() export class M { @func() f(): Nothing { return ""; } }',
    },
    /module m cannot be loaded: /u,
  ],
])("%s is an error that says so", async (_name, files, message) => {
  const index = "export {};\n";
  const session = await testSession({
    cacheRoot: await preparedCache(),
    workdir: writeModule("m", index, files),
  });
  const loading = session.loadModule(".");
  await expect(loading).rejects.toThrow(ApiError);
  await expect(loading).rejects.toThrow(message);
});

test("outside of any module there is none", async () => {
  const session = await testSession();
  expect(await session.loadModule(".")).toBeUndefined();
  await expect(session.loadModule("./none")).rejects.toThrow(
    new ApiError('local path "./none" does not exist'),
  );
});
