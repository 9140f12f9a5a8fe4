import { describe, expect, test } from "vitest";
import { helpPage } from "../../src/cli/call/help-page.ts";
import { leafOf } from "../../src/cli/call/leaf.ts";
import { printed } from "../../src/cli/call/print.ts";
import { answerOf, queryOf } from "../../src/cli/call/selection.ts";
import { typesOf } from "../../src/cli/call/types.ts";
import { type Walked, walk } from "../../src/cli/call/walk.ts";
import { globalFlags } from "../../src/cli/global-flags.ts";
import { helpText } from "../../src/cli/help.ts";
import type { Asked } from "../../src/cli/request.ts";
import type {
  ArgumentTypeDef,
  FunctionTypeDef,
  ModuleTypes,
  TypeRef,
} from "../../src/module/type-defs.ts";

const text: TypeRef = { kind: "string", optional: false };
const object = (name: string): TypeRef => ({ kind: "object", name, optional: false });
const listOf = (item: TypeRef): TypeRef => ({ kind: "list", item, optional: false });

function argument(
  name: string,
  type: TypeRef,
  more: Partial<ArgumentTypeDef> = {},
): ArgumentTypeDef {
  return { name, originalName: name, description: "", type, ...more };
}

function fn(name: string, returns: TypeRef, args: ArgumentTypeDef[] = []): FunctionTypeDef {
  return {
    name,
    originalName: name,
    description: "",
    args,
    returns,
    cache: { kind: "session" },
    isCheck: false,
    isGenerator: false,
    isUp: false,
  };
}

const part = {
  name: "ShopPart",
  originalName: "Part",
  description: "",
  fields: [{ name: "size", originalName: "size", description: "", type: text }],
  functions: [fn("grow", object("ShopPart"), [argument("by", { ...text, kind: "float" })])],
};

const shop: ModuleTypes = {
  name: "shop",
  description: "",
  main: "Shop",
  objects: [
    {
      name: "Shop",
      originalName: "Shop",
      description: "",
      construct: fn("", object("Shop"), [argument("owner", text, { description: "who owns it" })]),
      fields: [],
      functions: [
        fn("part", object("ShopPart"), [
          argument("name", text, { default: "p" }),
          argument("count", { kind: "integer", optional: false }, { default: 0 }),
          argument("source", object("Directory"), { ignore: ["node_modules"] }),
        ]),
        fn("parts", listOf(object("ShopPart"))),
        fn("files", object("Directory")),
        fn("loud", text, [argument("by", { kind: "interface", name: "ShopX", optional: false })]),
      ],
    },
    part,
  ],
  enums: [],
  interfaces: [],
};

/** A session that answers every request with a handle, and remembers what was asked. */
function answering(): Asked & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async query({ query }) {
      asked.push(query);
      return { status: 200, data: { host: { directory: { sync: "Directory@sha256:00" } } } };
    },
  };
}

function walking(line: string, session = answering(), helpOnly = false): Promise<Walked> {
  return walk(line.split(" ").filter(Boolean), {
    types: typesOf(shop),
    start: {
      path: "dagger call",
      description: "Call one or more functions, interconnected into a pipeline",
    },
    session,
    own: [],
    inherited: Object.values(globalFlags()),
    helpOnly,
  });
}

describe("a call", () => {
  test("is one query; what stands for objects is asked for before", async () => {
    const session = answering();
    const { chain } = await walking(
      "--owner ann part --source ../x --name=q grow --by=2 size",
      session,
    );
    expect(session.asked).toEqual([
      '{host{directory(path:"../x", exclude:["node_modules"]){sync}}}',
    ]);
    expect(queryOf(chain)).toBe(
      '{with(owner:"ann"){part(name:"q", source:"Directory@sha256:00"){grow(by:2.0){size}}}}',
    );
  });

  test("on a service can lead ports to it", async () => {
    const service = { ...shop.objects[0], functions: [fn("web", object("Service"))] };
    const types = typesOf({ ...shop, objects: [service] as unknown as ModuleTypes["objects"] });
    const args = ["web", "up", "--ports=8080:80,9090:90"];
    const { chain } = await walk(args, {
      types,
      session: answering(),
      start: { path: "dagger call", description: "" },
      own: [],
      inherited: [],
      helpOnly: false,
    });
    expect(queryOf(chain)).toBe(
      "{web{up(ports:[{frontend:8080,backend:80},{frontend:9090,backend:90}])}}",
    );
  });

  test.each([
    ["part --name=x", 'required flag(s) "source" not set', "dagger call part"],
    ["nope", 'unknown command "nope" for "dagger call"', "dagger call"],
    ["loud", 'unknown command "loud" for "dagger call"', "dagger call"],
    ["parts size x", 'unknown command "x" for "dagger call parts size"', "dagger call parts size"],
    ["parts --owner=x", "unknown flag: --owner", "dagger call parts"],
  ])("%s is refused, with the command whose help to read", async (line, message, path) => {
    await expect(walking(line)).rejects.toMatchObject({ message, command: { path } });
  });

  test("on a failing request says which argument it was for", async () => {
    const failing: Asked = {
      query: async () => ({ status: 200, data: null, errors: [{ message: "stat x: gone" }] }),
    };
    const walked = walking("part --source x", { ...answering(), ...failing });
    await expect(walked).rejects.toThrow('failed to get value for argument "source": stat x: gone');
  });

  test("has help at each word, without anything that is required or asked", async () => {
    const session = answering();
    const { command } = await walking("part", session, true);
    expect(session.asked).toEqual([]);
    expect(helpText(helpPage(command, globalFlags()), 79)).toBe(`-

\u001b[1mUSAGE\u001b[0m
  dagger call part [arguments] <function>

\u001b[1mFUNCTIONS\u001b[0m
  grow          -
  size          -

\u001b[1mARGUMENTS\u001b[0m
      --source Directory   [required]
      --count int          
      --name string         (default "p")

Use "dagger call part [command] --help" for more information about a command.
`);
  });
});

describe("the end of a call", () => {
  const types = typesOf(shop);
  test.each([
    ["a value is as it is", text, undefined, ""],
    ["a module's object has a handle", object("ShopPart"), undefined, "{id}"],
    ["an object that can be synced is", object("Directory"), undefined, "{id:sync}"],
    ["with an output, a directory is exported", object("Directory"), "o", '{export(path:"o")}'],
    [
      "with an output, a file is, also into a directory",
      object("File"),
      "o",
      '{export(path:"o", allowParentDirPath:true)}',
    ],
  ])("%s", async (_name, type, output, expected) => {
    expect(queryOf((await leafOf(type, types, output)).fields)).toBe(expected);
  });
});

describe("an answer", () => {
  const handle = `ShopPart@sha256:${"0".repeat(64)}`;
  test.each<[string, unknown, TypeRef, boolean, string]>([
    ["text", "a", text, false, "a"],
    ["text as JSON", "é\n", text, true, '"é\\n"\n'],
    ["nothing", null, { kind: "void", optional: false }, true, ""],
    ["null", null, text, false, "<nil>"],
    ["a list", ["a", "b c", ""], listOf(text), false, "a\nb c\n\n"],
    ["an empty list", [], listOf(text), false, ""],
    ["a list called through", [{ size: 1 }, { size: 2 }], listOf(text), false, "1\n2\n"],
    ["an object", handle, object("ShopPart"), true, `${handle}\n`],
    ["objects", [{ id: handle }], listOf(object("ShopPart")), false, `- ${handle}\n`],
  ])("%s", (_name, answer, type, asJson, expected) => {
    expect(printed(answer, type, asJson)).toBe(expected);
  });

  test("what is no handle is refused", () => {
    expect(() => printed("all clean", object("X"), false)).toThrow(
      "failed to decode ID: failed to decode base64: illegal base64 data at input byte 3",
    );
    expect(() => printed(null, object("X"), false)).toThrow(
      "printID: unexpected type for object: <nil>",
    );
  });

  test("is found below the chain's names, up to a list", () => {
    const chain = [{ field: "parts" }, { field: "sync", alias: "id" }];
    expect(answerOf(chain, { parts: { id: "x" } })).toBe("x");
    expect(answerOf(chain, { parts: [{ id: "x" }] })).toEqual([{ id: "x" }]);
    expect(answerOf(chain, { parts: null })).toBe(null);
  });
});
