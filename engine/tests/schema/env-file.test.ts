import { expect, test } from "vitest";
import { testSession } from "../server/open.ts";
import { ask, leaf } from "./ask.ts";

/** The answer to fields of a file with these contents. */
async function ofFile(contents: string, fields: string, env: NodeJS.ProcessEnv = {}) {
  const session = await testSession({ env });
  const file = `file(name:".env",contents:${JSON.stringify(contents)})`;
  const answer = await ask(`{${file}{${fields}}}`, session);
  return typeof answer === "string" ? answer : leaf(answer);
}

test("values are as a shell would read them, in any order of lines", async () => {
  const contents = [
    "export URL=$HOST:${PORT:-80}",
    'HOST="the $NAME"',
    "NAME=host with spaces # and this",
    "RAW='$HOST'",
    "ESCAPED=\\$HOST",
    "HOST=last-$NAME",
    "SHELL_OF_CLIENT=$SHELL",
    "",
  ].join("\n");
  const values = await ofFile(contents, "asEnvFile{variables{name value}}", {
    SHELL: "/bin/client",
  });
  expect(values).toEqual([
    { name: "ESCAPED", value: "$HOST" },
    { name: "HOST", value: "last-host with spaces # and this" },
    { name: "NAME", value: "host with spaces # and this" },
    { name: "RAW", value: "$HOST" },
    { name: "SHELL_OF_CLIENT", value: "/bin/client" },
    { name: "URL", value: "last-host with spaces # and this:80" },
  ]);
  expect(await ofFile(contents, 'asEnvFile{get(name:"RAW",raw:true)}')).toBe("'$HOST'");
});

test("what cannot be evaluated says which variable and why", async () => {
  const get = (contents: string) => ofFile(contents, 'asEnvFile{get(name:"A")}');
  expect(await get("A=$B")).toBe("A: B: unbound variable");
  expect(await get("A=$B\nB=$A")).toBe("circular dependency detected: A -> B -> A");
  expect(await get("A=$(rm -rf /)")).toBe('A: unexpected command substitution in "A=$(rm -rf /)"');
  expect(await get("A=${B")).toContain("missing '}'");
});

test("a namespace keeps what its values refer to", async () => {
  const contents = "ROOT=/srv\nMY_APP_DIR=$ROOT/app\nmyApp_NAME=n\nMYAPPLE=no\n";
  for (const prefix of ["MY_APP_", "myApp", "my_app"]) {
    const fields = `asEnvFile{namespace(prefix:"${prefix}"){variables{name value}}}`;
    expect(await ofFile(contents, fields)).toEqual([
      { name: "DIR", value: "/srv/app" },
      { name: "NAME", value: "n" },
    ]);
  }
  expect(await ofFile(contents, 'asEnvFile{namespace(prefix:"my_app"){exists(name:"ROOT")}}')).toBe(
    false,
  );
});
