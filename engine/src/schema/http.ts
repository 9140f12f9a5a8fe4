import { posix } from "node:path";
import { http } from "../graph/operations/http.ts";
import { keptFile } from "../graph/operations/tree-source.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Field } from "./define.ts";
import { checkFileName } from "./file-name.ts";
import type { File, Secret, Service } from "./values.ts";

export const httpField: Field<object> = {
  description: "What an address of the web answers, fetched once a session.",
  args: {
    url: {
      type: "String!",
      description: 'The address (example: "https://example.org/tool.tar.gz")',
    },
    name: { type: "String", description: "Name of the file (default: the address's last part)" },
    permissions: { type: "Int", default: 0o600, description: "Its permission bits" },
    checksum: {
      type: "String",
      default: "",
      description: 'Digest that the contents have to have (example: "sha256:9f86…")',
    },
    authHeader: {
      type: "ID",
      expects: "Secret",
      description: "Value of the Authorization header",
    },
    experimentalServiceHost: {
      type: "ID",
      expects: "Service",
      description: "Service that answers at the address, by its own host name",
    },
  },
  type: "File!",
  async resolve(_query, args, session): Promise<File> {
    const { url, permissions, checksum, authHeader, experimentalServiceHost } = args;
    checkDigest(checksum);
    const name = args.name ?? nameOf(url);
    checkFileName(name);
    const secret = authHeader ? await session.load<Secret>("Secret", authHeader) : undefined;
    const service = experimentalServiceHost
      ? await session.load<Service>("Service", experimentalServiceHost)
      : undefined;
    const { solver } = session.context;
    const node = await solver.solve(
      http({ url, authorization: secret?.reference ?? null }, service ? [service.operation] : []),
    );
    if (checksum !== "" && node.blob !== checksum) {
      throw new ApiError(`http checksum mismatch: expected ${checksum}, got ${node.blob}`);
    }
    return { file: keptFile({ ...node, mode: permissions }), name };
  },
};

function checkDigest(checksum: string): void {
  const [algorithm = "", hex] = checksum.split(":");
  const problem =
    checksum === ""
      ? undefined
      : hex === undefined
        ? "invalid checksum digest format"
        : algorithm !== "sha256"
          ? "unsupported digest algorithm"
          : /^[0-9a-f]{64}$/u.test(hex)
            ? undefined
            : "invalid checksum digest length";
  if (problem) throw new ApiError(`invalid checksum ${JSON.stringify(checksum)}: ${problem}`);
}

/** The last part of the path, whatever a redirect or a header says (http/name-from-header). */
function nameOf(url: string): string {
  const path = /^\w+:\/\/[^/?#]*([^?#]*)/u.exec(url)?.[1] ?? "";
  return decoded(posix.basename(path)) || "index";
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
