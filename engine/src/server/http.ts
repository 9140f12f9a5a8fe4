import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as z from "zod";
import type { GraphQLAnswer, GraphQLRequest } from "./answer.ts";

/** Where a session listens, and what opens it. */
export interface Listening {
  readonly port: number;
  readonly token: string;
}

/** Answers requests over HTTP on loopback; each token has something that answers for it. */
export class HttpServer {
  private readonly answerers = new Map<
    string,
    (request: GraphQLRequest) => Promise<GraphQLAnswer>
  >();
  private readonly server: Server;
  private listening: Promise<number> | undefined;

  constructor() {
    this.server = createServer((request, response) => {
      this.handle(request, response).catch((error: Error) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(error.message);
      });
    });
    this.server.unref();
  }

  /** A new token for whoever may ask; the port is opened when the first one is given out. */
  async open(answer: (request: GraphQLRequest) => Promise<GraphQLAnswer>): Promise<Listening> {
    const token = randomBytes(16).toString("hex");
    this.answerers.set(token, answer);
    return { port: await this.port(), token };
  }

  /** A token is good for nothing any more. */
  revoke(token: string): void {
    this.answerers.delete(token);
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private port(): Promise<number> {
    this.listening ??= new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(0, "127.0.0.1", () => {
        resolve((this.server.address() as AddressInfo).port);
      });
    });
    return this.listening;
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const unwanted = unwantedBecause(request);
    if (unwanted) {
      response.writeHead(403, { "content-type": "text/plain; charset=utf-8" });
      response.end(`${unwanted}\n`);
      return;
    }
    const answer = this.answererOf(request.headers.authorization);
    if (!answer) {
      response.writeHead(401).end();
      return;
    }
    if (new URL(request.url ?? "/", "http://localhost").pathname !== "/query") {
      response.writeHead(404, { "content-type": "text/plain; charset=utf-8" });
      response.end("404 page not found\n");
      return;
    }
    if (request.method === "OPTIONS") {
      response.writeHead(200, { allow: "OPTIONS, GET, POST" }).end();
      return;
    }
    const { status, ...body } = await this.respond(request, answer);
    response.writeHead(status, {
      "content-type": "application/json",
      // What is left of an oversized body is not waited for.
      ...(status === 413 ? { connection: "close" } : {}),
    });
    const { data, errors } = body;
    response.end(JSON.stringify(errors ? { errors, data } : { data }));
  }

  private async respond(
    request: IncomingMessage,
    answer: (request: GraphQLRequest) => Promise<GraphQLAnswer>,
  ): Promise<GraphQLAnswer> {
    if (request.method === "GET") return answer({ query: "" });
    if (
      request.method !== "POST" ||
      !/^application\/json\b/u.test(request.headers["content-type"] ?? "")
    ) {
      return refused("transport not supported");
    }
    const body = await textOf(request);
    if (body === undefined) return tooLarge;
    const read = readRequest(body);
    return typeof read === "string"
      ? refused(`json request body could not be decoded: ${read} body:${body}`)
      : answer(read);
  }

  private answererOf(
    authorization = "",
  ): ((request: GraphQLRequest) => Promise<GraphQLAnswer>) | undefined {
    const [, basic = ""] = /^Basic (.+)$/u.exec(authorization) ?? [];
    const given = Buffer.from(Buffer.from(basic, "base64").toString().split(":", 1)[0] ?? "");
    for (const [token, answer] of this.answerers) {
      const expected = Buffer.from(token);
      if (given.length === expected.length && timingSafeEqual(given, expected)) return answer;
    }
    return undefined;
  }
}

/**
 * Why a request is none of a program on this machine: web pages may send requests to loopback, and
 * a name of theirs may lead there. No client of the API is a page, so none is let in.
 */
function unwantedBecause({ headers }: IncomingMessage): string | undefined {
  if (headers.origin !== undefined) {
    return `requests of web pages are refused (Origin: ${headers.origin})`;
  }
  const host = headers.host ?? "";
  if (/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/iu.test(host)) return undefined;
  return `a session is asked at 127.0.0.1 or localhost, not at ${JSON.stringify(host)}`;
}

function refused(message: string): GraphQLAnswer {
  return { status: 400, data: null, errors: [{ message }] };
}

/** Largest request: what is larger belongs into files, which do not travel in requests. */
const largestBody = 128 * 1024 * 1024; // bytes

const tooLarge: GraphQLAnswer = {
  status: 413,
  data: null,
  errors: [{ message: `request body is larger than ${largestBody} bytes` }],
};

const params = z.object({
  query: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** The request in a body, or what is wrong with it, as Go's decoder would say it. */
function readRequest(body: string): GraphQLRequest | string {
  if (body === "") return "EOF";
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch (error) {
    return (error as Error).message;
  }
  const read = params.safeParse(json);
  if (!read.success) {
    const kind = Array.isArray(json) ? "array" : json === null ? "null" : typeof json;
    return `json: cannot unmarshal ${kind} into Go value of type graphql.RawParams`;
  }
  const { query, variables, operationName } = read.data;
  return {
    query: query ?? "",
    ...(variables ? { variables } : {}),
    ...(operationName ? { operationName } : {}),
  };
}

/** Undefined when it is too large: it is not read to its end then. */
async function textOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  if (Number(request.headers["content-length"] ?? 0) > largestBody) return undefined;
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > largestBody) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}
