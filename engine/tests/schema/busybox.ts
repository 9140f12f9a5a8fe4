import { scratchFolder, testSession } from "../server/open.ts";
import { type Asking, ask, leaf } from "./ask.ts";

/** A session, and the answer to fields after a container that has busybox and nothing else. */
export async function busybox(cacheRoot = scratchFolder(), env: NodeJS.ProcessEnv = process.env) {
  const session = await testSession({ cacheRoot, env });
  const files = `{host{directory(path:"/bin",include:["busybox"]){id}}}`;
  const bin = leaf(await ask(files, session));
  const fields = [
    `withDirectory(path:"/bin",source:"${bin}")`,
    'withExec(args:["/bin/busybox","--install","-s","/bin"])',
    'withEnvVariable(name:"PATH",value:"/bin")',
  ];
  const run = (...more: string[]) => runIn(session, [...fields, ...more]);
  return { session, run };
}

/** The answer to a chain of fields of `container`, written one after the other. */
export async function runIn(session: Asking, fields: readonly string[]): Promise<unknown> {
  const query = `{container{${fields.join("{")}${"}".repeat(fields.length + 1)}`;
  const answer = await ask(query, session);
  return typeof answer === "string" ? answer : leaf(answer);
}

export const exec = (script: string, more = "") =>
  `withExec(args:["sh","-c",${JSON.stringify(script)}]${more})`;
export const variable = (name: string, value: string, more = "") =>
  `withEnvVariable(name:"${name}",value:"${value}"${more})`;
export const newFile = (path: string, contents: string) =>
  `withNewFile(path:"${path}",contents:"${contents}")`;
