import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

const orchard = `
/** Grows fruit. */
import { dag, object, func, argument, type Directory } from "@dagger.io/dagger";

export enum Ripeness { /** not yet */ Green = "green", Ripe = "ripe" }

export interface Picker { pick(count: number): Promise<string> }

@object()
export class Tree {
  /** what grows on it */
  @func()
  fruit: string;
  constructor(fruit: string) { this.fruit = fruit; }
}

@object()
export class Orchard {
  place: string;
  constructor(
    /** where it is */
    place: string = "the south",
  ) { this.place = place; }
  /** A tree.
   */
  @func()
  tree(fruit: string, ripeness: Ripeness = Ripeness.Ripe, notes?: string[]): Tree { return new Tree(fruit); }
  @func()
  async harvest(@argument({ defaultPath: ".", ignore: ["*.tmp"] }) from: Directory, picker?: Picker): Promise<string[]> { return from.entries(); }

  @func()
  async about(): Promise<string[]> {
    const call = dag.currentFunctionCall();
    const names = [];
    for (const dependency of await dag.currentModule().dependencies()) {
      names.push(await dependency.name() + ": " + (await dependency.description()));
      for (const object of await dependency.objects()) {
        for (const fn of await object.asObject().functions()) names.push(await fn.name() + " " + (await fn.returnType().kind()));
      }
    }
    return [await dag.currentModule().name(), await call.name(), await call.parentName(), ...names];
  }
  @func({ cache: "never" })
  async serves(path: string): Promise<string> {
    const module = dag.currentModule().source().asModule({ sourceRootPath: path });
    await module.serve();
    const query = "{ well { depth } }";
    const answer = (await dag.getGQLClient().request(query)) as { well: { depth: number } };
    return (await module.name()) + " is " + answer.well.depth;
  }
}
`;

const well = `
/** Has water. */
import { object, func } from "@dagger.io/dagger";
@object()
export class Well {
  @func()
  depth(): number { return 12; }
}
`;

async function open() {
  const workdir = writeModule("orchard", orchard, {
    "dagger.json": JSON.stringify({
      ...{ name: "orchard", sdk: "typescript", engineVersion: "v0.21.8" },
      dependencies: [{ name: "water", source: "well" }],
    }),
    "well/dagger.json": JSON.stringify({ name: "well", sdk: "typescript" }),
    "well/src/index.ts": well,
  });
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  const ask = async (query: string) => {
    const { data, errors } = await session.query({ query });
    return (errors?.[0]?.message ?? data) as never;
  };
  return { session, workdir, ask };
}

const types =
  "kind optional asList{elementTypeDef{kind}} asObject{name} asEnum{name} asInterface{name}";

test("a module's source and types can be read without running anything of it", async () => {
  const { session, workdir, ask } = await open();
  expect(
    await ask(`{moduleSource(refString:"src"){
      kind moduleName engineVersion asString sourceRootSubpath sourceSubpath pin configExists sdk{source}
      localContextDirectoryPath contextDirectory{entries} directory(path:"src"){entries}
      dependencies{moduleName kind sourceRootSubpath}
    }}`),
  ).toEqual({
    moduleSource: {
      ...{ kind: "LOCAL_SOURCE", moduleName: "orchard", engineVersion: "v0.21.8" },
      ...{
        asString: "src",
        sourceRootSubpath: ".",
        sourceSubpath: ".",
        pin: "",
        configExists: true,
      },
      sdk: { source: "typescript" },
      localContextDirectoryPath: workdir,
      contextDirectory: { entries: ["dagger.json", "src/", "tsconfig.json", "well/"] },
      directory: { entries: ["index.ts"] },
      dependencies: [{ moduleName: "well", kind: "LOCAL_SOURCE", sourceRootSubpath: "well" }],
    },
  });
  const { moduleSource } = (await ask(`{moduleSource(refString:"."){asModule{
    name description sdk{source} dependencies{name description}
    enums{name asEnum{name sourceModuleName members{name value description}}}
    interfaces{asInterface{name functions{name args{name typeDef{kind}} returnType{kind}}}}
    objects{name asObject{
      description sourceModuleName fields{name description typeDef{kind}}
      constructor{args{name description defaultValue typeDef{optional}}}
      functions{name description returnType{${types}} args{name defaultValue defaultPath ignore typeDef{${types}}}}
    }}
  }}}`)) as { moduleSource: { asModule: unknown } };
  expect(moduleSource.asModule).toMatchInlineSnapshot(`
    {
      "dependencies": [
        {
          "description": "Has water.",
          "name": "well",
        },
      ],
      "description": "Grows fruit.",
      "enums": [
        {
          "asEnum": {
            "members": [
              {
                "description": "",
                "name": "GREEN",
                "value": "green",
              },
              {
                "description": "",
                "name": "RIPE",
                "value": "ripe",
              },
            ],
            "name": "OrchardRipeness",
            "sourceModuleName": "orchard",
          },
          "name": "OrchardRipeness",
        },
      ],
      "interfaces": [
        {
          "asInterface": {
            "functions": [
              {
                "args": [
                  {
                    "name": "count",
                    "typeDef": {
                      "kind": "INTEGER_KIND",
                    },
                  },
                ],
                "name": "pick",
                "returnType": {
                  "kind": "STRING_KIND",
                },
              },
            ],
            "name": "OrchardPicker",
          },
        },
      ],
      "name": "orchard",
      "objects": [
        {
          "asObject": {
            "constructor": {
              "args": [
                {
                  "defaultValue": ""the south"",
                  "description": "where it is",
                  "name": "place",
                  "typeDef": {
                    "optional": true,
                  },
                },
              ],
            },
            "description": "",
            "fields": [],
            "functions": [
              {
                "args": [
                  {
                    "defaultPath": "",
                    "defaultValue": "",
                    "ignore": [],
                    "name": "fruit",
                    "typeDef": {
                      "asEnum": null,
                      "asInterface": null,
                      "asList": null,
                      "asObject": null,
                      "kind": "STRING_KIND",
                      "optional": false,
                    },
                  },
                  {
                    "defaultPath": "",
                    "defaultValue": ""RIPE"",
                    "ignore": [],
                    "name": "ripeness",
                    "typeDef": {
                      "asEnum": {
                        "name": "OrchardRipeness",
                      },
                      "asInterface": null,
                      "asList": null,
                      "asObject": null,
                      "kind": "ENUM_KIND",
                      "optional": true,
                    },
                  },
                  {
                    "defaultPath": "",
                    "defaultValue": "",
                    "ignore": [],
                    "name": "notes",
                    "typeDef": {
                      "asEnum": null,
                      "asInterface": null,
                      "asList": {
                        "elementTypeDef": {
                          "kind": "STRING_KIND",
                        },
                      },
                      "asObject": null,
                      "kind": "LIST_KIND",
                      "optional": true,
                    },
                  },
                ],
                "description": "A tree.",
                "name": "tree",
                "returnType": {
                  "asEnum": null,
                  "asInterface": null,
                  "asList": null,
                  "asObject": {
                    "name": "OrchardTree",
                  },
                  "kind": "OBJECT_KIND",
                  "optional": false,
                },
              },
              {
                "args": [
                  {
                    "defaultPath": ".",
                    "defaultValue": "",
                    "ignore": [
                      "*.tmp",
                    ],
                    "name": "from",
                    "typeDef": {
                      "asEnum": null,
                      "asInterface": null,
                      "asList": null,
                      "asObject": {
                        "name": "Directory",
                      },
                      "kind": "OBJECT_KIND",
                      "optional": true,
                    },
                  },
                  {
                    "defaultPath": "",
                    "defaultValue": "",
                    "ignore": [],
                    "name": "picker",
                    "typeDef": {
                      "asEnum": null,
                      "asInterface": {
                        "name": "OrchardPicker",
                      },
                      "asList": null,
                      "asObject": null,
                      "kind": "INTERFACE_KIND",
                      "optional": true,
                    },
                  },
                ],
                "description": "",
                "name": "harvest",
                "returnType": {
                  "asEnum": null,
                  "asInterface": null,
                  "asList": {
                    "elementTypeDef": {
                      "kind": "STRING_KIND",
                    },
                  },
                  "asObject": null,
                  "kind": "LIST_KIND",
                  "optional": false,
                },
              },
              {
                "args": [],
                "description": "",
                "name": "about",
                "returnType": {
                  "asEnum": null,
                  "asInterface": null,
                  "asList": {
                    "elementTypeDef": {
                      "kind": "STRING_KIND",
                    },
                  },
                  "asObject": null,
                  "kind": "LIST_KIND",
                  "optional": false,
                },
              },
              {
                "args": [
                  {
                    "defaultPath": "",
                    "defaultValue": "",
                    "ignore": [],
                    "name": "path",
                    "typeDef": {
                      "asEnum": null,
                      "asInterface": null,
                      "asList": null,
                      "asObject": null,
                      "kind": "STRING_KIND",
                      "optional": false,
                    },
                  },
                ],
                "description": "",
                "name": "serves",
                "returnType": {
                  "asEnum": null,
                  "asInterface": null,
                  "asList": null,
                  "asObject": null,
                  "kind": "STRING_KIND",
                  "optional": false,
                },
              },
            ],
            "sourceModuleName": "orchard",
          },
          "name": "Orchard",
        },
        {
          "asObject": {
            "constructor": {
              "args": [
                {
                  "defaultValue": "",
                  "description": "",
                  "name": "fruit",
                  "typeDef": {
                    "optional": false,
                  },
                },
              ],
            },
            "description": "",
            "fields": [
              {
                "description": "what grows on it",
                "name": "fruit",
                "typeDef": {
                  "kind": "STRING_KIND",
                },
              },
            ],
            "functions": [],
            "sourceModuleName": "orchard",
          },
          "name": "OrchardTree",
        },
      ],
      "sdk": {
        "source": "typescript",
      },
    }
  `);
  expect(session.started()).toEqual(["load module well", "load module orchard"]);
});

test("a module that is served is called by its name, with its functions on Query if asked", async () => {
  const { ask } = await open();
  expect(await ask('{tree(fruit:"fig"){fruit}}')).toBe(
    'Cannot query field "tree" on type "Query".',
  );
  expect(await ask('{moduleSource(refString:"."){asModule{serve}}}')).toEqual({
    moduleSource: { asModule: { serve: null } },
  });
  expect(await ask('{orchard{tree(fruit:"fig"){fruit}}}')).toEqual({
    orchard: { tree: { fruit: "fig" } },
  });
  expect(await ask("{water{depth}}")).toBe('Cannot query field "water" on type "Query".');
  await ask(
    '{moduleSource(refString:"."){asModule{serve(includeDependencies:true,entrypoint:true)}}}',
  );
  expect(await ask('{tree(fruit:"pear"){fruit} water{depth}}')).toEqual({
    tree: { fruit: "pear" },
    water: { depth: 12 },
  });
  const { currentTypeDefs } = (await ask(
    `{currentTypeDefs(hideCore:true){name kind asObject{functions{name sourceModuleName}}}}`,
  )) as { currentTypeDefs: { name: string; asObject?: { functions: { name: string }[] } }[] };
  const query = currentTypeDefs.find(({ name }) => name === "Query");
  expect(query?.asObject?.functions.map(({ name }) => name).sort()).toEqual([
    "about",
    "harvest",
    "orchard",
    "serves",
    "tree",
    "water",
    "with",
  ]);
  expect(currentTypeDefs.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "Container",
      "OrchardTree",
      "OrchardRipeness",
      "OrchardPicker",
      "Well",
    ]),
  );
});

test("a function knows its call, its module's dependencies, and can serve others", async () => {
  const { session, ask } = await open();
  await session.loadModule(".");
  expect(await ask('{about serves(path:"well")}')).toEqual({
    about: ["orchard", "about", "Orchard", "well: Has water.", "depth INTEGER_KIND"],
    serves: "well is 12",
  });
});

test("modules in directories and in git say so", async () => {
  const { workdir, ask } = await open();
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", workdir, "-c", "user.name=a", "-c", "user.email=a@b", ...args]);
  git("add", "-A");
  git("commit", "-qm", "all");
  const folder = `host{directory(path:"."){asModule(sourceRootPath:"well"){name source{kind sourceRootSubpath commit}}}}`;
  expect(await ask(`{${folder}}`)).toEqual({
    host: {
      directory: {
        asModule: {
          name: "well",
          source: { kind: "DIR_SOURCE", sourceRootSubpath: "well", commit: "" },
        },
      },
    },
  });
  expect(await ask('{host{directory(path:"."){asModule(sourceRootPath:"src"){name}}}}')).toBe(
    'there is no dagger.json in "src" of the directory',
  );
  expect(await ask('{moduleSource(refString:"src",disableFindUp:true){moduleName}}')).toMatch(
    /^module "src": there is no dagger\.json in /u,
  );
  expect(await ask('{moduleSource(refString:".",requireKind:GIT_SOURCE){moduleName}}')).toBe(
    'module source "." kind must be GIT_SOURCE, got LOCAL_SOURCE',
  );
  expect(await ask('{moduleSource(refString:"/"){moduleName}}')).toMatch(
    /or in a folder above it$/u,
  );
});

test("types are put together as SDKs do it", async () => {
  const { ask } = await open();
  const id = async (query: string) => {
    const answer = await ask(`{${query}{id}${"}".repeat(query.split("{").length)}`);
    return /"id":"([^"]+)"/u.exec(JSON.stringify(answer))?.[1] ?? `none: ${answer}`;
  };
  const text = await id("typeDef{withKind(kind:STRING_KIND)");
  const list = await id(`typeDef{withListOf(elementType:"${text}"){withOptional(optional:true)`);
  const place = await id('sourceMap(filename:"src/index.ts",line:3,column:7)');
  const fn = await id(
    `function(name:"say",returnType:"${text}"){withDescription(description:"Says it."){withArg(name:"words",typeDef:"${list}",defaultValue:"[\\"hi\\"]",sourceMap:"${place}")`,
  );
  const object = await id(
    `typeDef{withObject(name:"Parrot",description:"A bird."){withField(name:"age",typeDef:"${text}"){withFunction(function:"${fn}"){withConstructor(function:"${fn}")`,
  );
  expect(
    await ask(
      `{module{withDescription(description:"Birds."){withObject(object:"${object}"){description objects{name asEnum{name} asObject{name description fields{name} constructor{name} functions{name description args{name defaultValue typeDef{name optional} sourceMap{filename line column}}}}}}}}}`,
    ),
  ).toEqual({
    module: {
      withDescription: {
        withObject: {
          description: "Birds.",
          objects: [
            {
              name: "Parrot",
              asEnum: null,
              asObject: {
                ...{ name: "Parrot", description: "A bird." },
                fields: [{ name: "age" }],
                constructor: { name: "say" },
                functions: [
                  {
                    ...{ name: "say", description: "Says it." },
                    args: [
                      {
                        ...{ name: "words", defaultValue: '["hi"]' },
                        typeDef: { name: "[String!]", optional: true },
                        sourceMap: { filename: "src/index.ts", line: 3, column: 7 },
                      },
                    ],
                  },
                ],
              },
            },
          ],
        },
      },
    },
  });
  const member = (name: string) => `withEnumMember(name:"${name}",value:"v")`;
  expect(
    await ask(`{typeDef{withEnum(name:"E"){${member("A")}{asEnum{members{name value}}}}}}`),
  ).toEqual({
    typeDef: { withEnum: { withEnumMember: { asEnum: { members: [{ name: "A", value: "v" }] } } } },
  });
  expect(await ask(`{typeDef{withEnum(name:"E"){${member("A")}{${member("A")}{name}}}}}`)).toBe(
    'enum "A" is already defined',
  );
  expect(await ask(`{typeDef{withScalar(name:"S"){${member("A")}{name}}}}`)).toBe(
    "cannot add members to type of kind SCALAR_KIND: it takes ENUM_KIND",
  );
  expect(await ask('{typeDef{withObject(name:""){name}}}')).toBe(
    "object type def must have a name",
  );
  expect(await ask("{module{serve}}")).toMatch(/^module "" has no source: /u);
});
