import { expect, test } from "vitest";
import { testSession } from "./open.ts";

async function ask(query: string, variables?: Record<string, unknown>, operationName?: string) {
  const session = await testSession();
  return session.query({
    query,
    ...(variables ? { variables } : {}),
    ...(operationName ? { operationName } : {}),
  });
}

test("keys come sorted, aliases and __typename as asked", async () => {
  const query =
    '{z:version a:container{__typename b:withEnvVariable(name:"A",value:"b"){envVariable(name:"A")}}}';
  expect(JSON.stringify(await ask(query))).toBe(
    '{"status":200,"data":{"a":{"__typename":"Container","b":{"envVariable":"b"}},"z":"v0.21.8"}}',
  );
});

test("what was found valid lets nothing else through", async () => {
  const known = await testSession();
  const good = '{container{withEnvVariable(name:"A",value:"b"){envVariable(name:"A")}}}';
  const changes: readonly (readonly [string, string])[] = [
    ["envVariable(", "envVariables("],
    ['envVariable(name:"A")', 'envVariable(name:"A"){x}'],
    ['envVariable(name:"A")', "label"],
    ['name:"A",', ""],
    ['name:"A",', 'name:"A",name:"A",'],
    ['value:"b"', 'values:"b"'],
    ['value:"b"', "value:$b"],
    ['value:"b"', "value:[$b]"],
    ['value:"b"', "value:{a:1,a:2}"],
    ["{envVariable", "@only{envVariable"],
    ["{envVariable", "{...on File{size} envVariable"],
    ["{envVariable", "{...on File{envVariable"],
    ["{container", "query($b:String){container"],
    ["{container", "mutation{container"],
    ["{container", "{...it} fragment other on Query{container"],
  ];
  for (const [from, to] of changes) {
    await known.query({ query: good });
    const query = good.replace(from, to);
    const answer = await known.query({ query });
    expect(answer, query).toEqual(await ask(query));
    expect(answer.status, query).toBe(422);
  }
  const other = await known.query({ query: good.replace('"b"', '"c"') });
  expect(other).toMatchObject({ data: { container: { withEnvVariable: { envVariable: "c" } } } });
});

test("fields that are known lead nowhere but where they belong", async () => {
  const known = await testSession();
  const container = 'withEnvVariable(name:"A",value:"b")';
  const node = '{node(id:"File@sha256:0"){...on File{size}}}';
  for (const query of ["{version}", `{container{${container}{envVariable(name:"A")}}}`, node]) {
    await known.query({ query });
  }
  for (const query of [
    "{container{version}}",
    "{version{version}}",
    "{container{container{platform}}}",
    `{${container}{envVariable(name:"A")}}`,
    '{envVariable(name:"A")}',
    `{container{envVariable(name:"A"){${container}{platform}}}}`,
    "{container{...on File{size}}}",
    '{node(id:"x"){size}}',
  ]) {
    const answer = await known.query({ query });
    expect(answer, query).toEqual(await ask(query));
    expect(answer.status, query).toBe(422);
  }
  const twice = `{container{${container}{${container}{envVariable(name:"A")}}}}`;
  expect(await known.query({ query: twice })).toEqual(await ask(twice));
  expect(await ask(twice)).toMatchObject({ status: 200 });
});

const refused: readonly (readonly [string, number, unknown])[] = [
  ...(["mutation", "subscription"] as const).map(
    (operation) =>
      [
        `query A{version} ${operation} B{container{nope}}`,
        422,
        {
          message: `Schema does not support operation type "${operation}"`,
          locations: [{ line: 1, column: 18 }],
          extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
        },
      ] as const,
  ),
  [
    "{containr{id}}",
    422,
    {
      message: 'Cannot query field "containr" on type "Query". Did you mean "container"?',
      locations: [{ line: 1, column: 2 }],
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    },
  ],
  [
    "{version{x}}",
    422,
    {
      message: 'Cannot query field "x" on type "String".',
      locations: [{ line: 1, column: 10 }],
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    },
  ],
  [
    "{container{}}",
    422,
    {
      message: "expected at least one definition, found }",
      locations: [{ line: 1, column: 12 }],
      extensions: { code: "GRAPHQL_PARSE_FAILED" },
    },
  ],
  [
    "{",
    422,
    {
      message: "Expected Name, found <EOF>",
      locations: [{ line: 1, column: 2 }],
      extensions: { code: "GRAPHQL_PARSE_FAILED" },
    },
  ],
  [
    "{version @include(if:true)}",
    422,
    {
      message: 'Unknown directive "@include".',
      locations: [{ line: 1, column: 10 }],
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    },
  ],
  [
    "  ",
    422,
    { message: "no operation provided", extensions: { code: "GRAPHQL_VALIDATION_FAILED" } },
  ],
  [
    "{container}",
    200,
    {
      message: 'field "container" of type "Container" must have a selection of subfields',
      path: ["container"],
    },
  ],
  [
    "{directory{withTimestamps(timestamp:99999999999999999999){entries}}}",
    200,
    {
      message:
        'query:\n{directory{withTimestamps(timestamp:99999999999999999999){entries}}}\n\nerror: parse selections: parse field "withTimestamps": strconv.ParseInt: parsing "99999999999999999999": value out of range',
    },
  ],
  [
    '{container{withEnvVariable(name:"a",value:null){id}}}',
    200,
    {
      message:
        'query:\n{container{withEnvVariable(name:"a",value:null){id}}}\n\nerror: parse selections: parse field "withEnvVariable": init arg "value" value as dagql.String (String!) using dagql.String: cannot create String from <nil>',
    },
  ],
  ['{__type(name:"Nope"){name}}', 200, { message: 'unknown type: "Nope"', path: ["__type"] }],
];

test.each(refused)("%s", async (query, status, error) => {
  expect(await ask(query)).toEqual({ status, data: null, errors: [error] });
});

test("an unknown argument is reported at its field, with what else is wrong there", async () => {
  const { errors } = await ask('{container{withEnvVariable(name:"a",valu:"b"){id}}}');
  expect(errors?.map(({ message, locations }) => [message, locations])).toEqual([
    [
      'Unknown argument "valu" on field "Container.withEnvVariable". Did you mean "value"?',
      [{ line: 1, column: 12 }],
    ],
    [
      'Field "withEnvVariable" argument "value" of type "String!" is required, but it was not provided.',
      [{ line: 1, column: 12 }],
    ],
  ]);
});

test("a failing field leaves no data at all, and every root field tells its own error", async () => {
  const answer = await ask(
    '{v:version a:directory{x:file(path:"none1"){contents}} b:directory{file(path:"none2"){contents}}}',
  );
  expect(answer).toEqual({
    status: 200,
    data: null,
    errors: [
      { message: "stat none1: no such file or directory", path: ["directory", "x"] },
      { message: "stat none2: no such file or directory", path: ["directory", "file"] },
    ],
  });
});

test("strings are taken for numbers; lists and enums are what they are", async () => {
  const port = "query($p:Int!){container{withExposedPort(port:$p){exposedPorts{port}}}}";
  const ports = { container: { withExposedPort: { exposedPorts: [{ port: 80 }] } } };
  expect((await ask(port, { p: "80", unused: true })).data).toEqual(ports);
  expect(await ask(port, { p: 80.5 })).toEqual({
    status: 422,
    data: null,
    errors: [
      {
        message: "cannot use value 0 as Int",
        path: ["variable", "p"],
        extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
      },
    ],
  });
  const protocol = "query($e:NetworkProtocol!){container{withExposedPort(port:1,protocol:$e){id}}}";
  const { errors } = await ask(protocol, { e: "XXX" });
  expect(errors?.[0]?.message).toBe("XXX is not a valid NetworkProtocol");
  const list = "query($a:[String!]!){container{withDefaultArgs(args:$a){defaultArgs}}}";
  const refusedList = await ask(list, { a: 1 });
  expect(refusedList.status).toBe(200);
  expect(refusedList.errors?.[0]?.message).toContain("expected array, got float64");
});

test("of several operations the named one is answered", async () => {
  const query = "query A{version} query B{defaultPlatform}";
  expect((await ask(query, {}, "A")).data).toEqual({ version: "v0.21.8" });
  expect((await ask(query)).errors?.[0]?.message).toBe("operation  not found");
  expect((await ask("query A{version}", {}, "Z")).errors?.[0]?.message).toBe(
    "operation Z not found",
  );
});

test("fragments on the object and on Node are taken, on others not", async () => {
  const session = await testSession();
  const { data } = await session.query({
    query: '{directory{withNewFile(path:"a",contents:"1"){id}}}',
  });
  const { id } = (data as { directory: { withNewFile: { id: string } } }).directory.withNewFile;
  const answer = await session.query({
    query: `{node(id:"${id}"){__typename id ...D ... on Container{workdir}}} fragment D on Directory{entries}`,
  });
  expect(answer.data).toEqual({ node: { __typename: "Directory", entries: ["a"], id } });
  const stranger = await session.query({ query: `{loadContainerFromID(id:"${id}"){workdir}}` });
  expect(stranger.errors?.[0]?.message).toBe(`${id} is a Directory, where a Container is expected`);
});

test("a field of Dagger's that galley leaves out is told from a misspelt one", async () => {
  const { status, errors } = await ask("{container{terminal{id}}}");
  expect([status, errors?.[0]?.message]).toEqual([
    422,
    "galley does not have Container.terminal: it needs a terminal: let the command write what you want to see; engine/SUPPORTED.md lists what it has",
  ]);
});

test("members of enumerations have the names that the SDK gives them, too", async () => {
  const session = await testSession();
  const answer = async (query: string, variables?: Record<string, unknown>) => {
    const { data, errors } = await session.query({ query, ...(variables ? { variables } : {}) });
    return errors?.[0]?.message ?? data;
  };
  expect(await answer("{typeDef{withKind(kind:STRING){kind}}}")).toEqual({
    typeDef: { withKind: { kind: "STRING_KIND" } },
  });
  const tarball = (mediaTypes: string) =>
    `container{withNewFile(path:"/f",contents:"x"){asTarball(mediaTypes:${mediaTypes}){digest}}}`;
  const [short, long, other] = (await Promise.all(
    ["DOCKER", "DockerMediaTypes", "OCI"].map((each) => answer(`{${tarball(each)}}`)),
  )) as { container: unknown }[];
  expect(short).toEqual(long);
  expect(short?.container).not.toEqual(other?.container);
  expect(
    await answer("query($kind:TypeDefKind!){typeDef{withKind(kind:$kind){kind}}}", {
      kind: "LIST",
    }),
  ).toEqual({ typeDef: { withKind: { kind: "LIST_KIND" } } });
  expect(await answer("{typeDef{withKind(kind:TEXT){kind}}}")).toMatch(
    /invalid enum member "TEXT" for TypeDefKind$/u,
  );
});
