import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";

/** GitHub's published description of its API. */
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly examples: Readonly<Record<string, { readonly value: unknown }>>;
    readonly parameters: Readonly<Record<string, Parameter>>;
  };
}
interface Parameter {
  readonly name: string;
  readonly in: string;
}
interface Operation {
  readonly parameters?: readonly (Parameter & { readonly $ref?: string })[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<
    Record<string, { readonly content?: unknown; readonly $ref?: string }>
  >;
}

const path = createRequire(import.meta.url).resolve(
  "@octokit/openapi/generated/api.github.com.json",
);
const description = JSON.parse(readFileSync(path, "utf8")) as Description;
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats.default(ajv, ["date-time", "uri", "email", "int32", "int64"]);
ajv.addSchema(asJsonSchema(description) as object, "github");
const validators = new Map<string, ValidateFunction>();

/** What a handler answers; nothing: the next handler is asked. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly method: string;
  /** of the description: `/repos/{owner}/{repo}` */
  readonly template: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly token: string;
}

export type Handler = (asked: Asked) => Answer | "hang up" | undefined;

export interface GithubServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** where a request, or an answer of this server, is not as the description says */
  readonly violations: readonly string[];
  close(): void;
}

/** An example of the description, for a handler to change. */
export function example<T extends object>(name: string): T {
  const found = description.components.examples[name];
  if (!found) throw new Error(`the description has no example ${name}`);
  return structuredClone(found.value) as T;
}

/**
 * A server that holds each request, and each of its own answers, against GitHub's published
 * description of the API.
 */
export async function startGithubServer(handler: Handler): Promise<GithubServer> {
  const asked: Asked[] = [];
  const violations: string[] = [];
  const server = createServer((request, response) => {
    answer(request, response, handler, asked, violations).catch((error: unknown) => {
      violations.push(String(error));
      response.writeHead(500).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    violations,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  handler: Handler,
  asked: Asked[],
  violations: string[],
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const method = (request.method ?? "").toLowerCase();
  const url = new URL(request.url ?? "/", "http://localhost");
  const found = findOperation(method, url.pathname);
  if (!found) {
    violations.push(`${method} ${url.pathname}: there is no such operation`);
    return void response.writeHead(501).end();
  }
  const { template, params, operation } = found;
  const text = Buffer.concat(chunks).toString("utf8");
  const body = text === "" ? {} : JSON.parse(text);
  const where = `${method} ${template}`;
  violations.push(...ofRequest(where, operation, template, method, params, url.searchParams, body));
  const token = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "";
  const all: Asked = { method, template, params, query: url.searchParams, body, token };
  asked.push(all);
  const given = handler(all);
  if (given === "hang up") return void request.socket.destroy();
  const {
    status,
    body: result,
    headers = {},
  } = given ?? {
    status: 501,
    body: { message: `${where} is not answered here` },
  };
  if (!given) violations.push(`${where}: this server has no answer for it`);
  violations.push(...ofAnswer(where, operation, template, method, status, result));
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(result === undefined ? undefined : JSON.stringify(result));
}

function findOperation(method: string, pathname: string) {
  const parts = pathname.split("/");
  const matches = Object.keys(description.paths).flatMap((template) => {
    const names = template.split("/");
    if (names.length !== parts.length || !description.paths[template]?.[method]) return [];
    const params: Record<string, string> = {};
    const fits = names.every((name, index) => {
      const part = decodeURIComponent(parts[index] ?? "");
      const param = /^\{(.+)\}$/.exec(name)?.[1];
      if (param) params[param] = part;
      return param ? part !== "" : name === part;
    });
    return fits ? [{ template, params }] : [];
  });
  // The one with the fewest parameters is meant.
  const [best] = matches.sort(
    (one, other) => Object.keys(one.params).length - Object.keys(other.params).length,
  );
  const operation = best && description.paths[best.template]?.[method];
  return best && operation ? { ...best, operation } : undefined;
}

function ofRequest(
  where: string,
  operation: Operation,
  template: string,
  method: string,
  params: Readonly<Record<string, string>>,
  query: URLSearchParams,
  body: unknown,
): string[] {
  const pointer = `/paths/${escaped(template)}/${method}`;
  const wrong: string[] = [];
  const known = (operation.parameters ?? []).map((given, index) => {
    const name = given.$ref?.split("/").at(-1);
    return name
      ? {
          ...(description.components.parameters[name] as Parameter),
          at: `/components/parameters/${name}`,
        }
      : { ...given, at: `${pointer}/parameters/${index}` };
  });
  for (const [name, value] of [...Object.entries(params), ...query]) {
    const parameter = known.find((each) => each.name === name);
    if (!parameter) wrong.push(`${where}: it has no parameter ${name}`);
    else wrong.push(...check(`${parameter.at}/schema`, fromText(value), `${where} ${name}`));
  }
  if (operation.requestBody) {
    const at = `${pointer}/requestBody/content/application~1json/schema`;
    wrong.push(...check(at, body, `${where} request`));
  }
  return wrong;
}

function ofAnswer(
  where: string,
  operation: Operation,
  template: string,
  method: string,
  status: number,
  body: unknown,
): string[] {
  // What every operation may answer is not repeated in the description.
  if ([401, 403, 404, 422, 429].includes(status) || status >= 500) return [];
  const described = operation.responses[status];
  if (!described) return [`${where}: the description knows no answer ${status}`];
  if (!described.content) return body === undefined ? [] : [`${where} ${status}: it has no body`];
  const at = `/paths/${escaped(template)}/${method}/responses/${status}/content/application~1json/schema`;
  return check(at, body, `${where} ${status}`);
}

function check(pointer: string, value: unknown, where: string): string[] {
  let validate = validators.get(pointer);
  if (!validate) {
    validate = ajv.compile({ $ref: `github#${encodeURI(pointer)}` });
    validators.set(pointer, validate);
  }
  return validate(value) ? [] : [`${where}: ${ajv.errorsText(validate.errors)}`];
}

/** JSON Schema has no `nullable`, and ajv takes it beside a type only. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inside]) => [key, asJsonSchema(inside)]);
  const { nullable, ...rest } = Object.fromEntries(entries);
  if (nullable !== true) return Object.fromEntries(entries);
  return { anyOf: [rest, { enum: [null] }] };
}

function fromText(value: string): unknown {
  return /^\d+$/.test(value)
    ? Number(value)
    : /^(?:true|false)$/.test(value)
      ? value === "true"
      : value;
}

function escaped(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
