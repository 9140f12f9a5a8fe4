import { parseGitUrl } from "../../schema/git-url.ts";
import { type Asked, request } from "../request.ts";
import { UsageError } from "../usage-error.ts";
import type { Selection } from "./selection.ts";

/** What an address on the command line is resolved with. */
export interface AddressOptions {
  /** patterns that a directory leaves out */
  readonly ignore?: readonly string[];
  /** the module at hand has a function `secret`, which shadows the API's field of that name */
  readonly shadowsSecret: boolean;
}

/** The handle of the object that an address stands for. */
export async function resolveAddress(
  typeName: string,
  address: string,
  session: Asked,
  options: AddressOptions,
): Promise<string> {
  const chain = chainOf(typeName, address, options);
  if (!chain) {
    throw new UsageError(
      `a ${typeName} cannot be given on galley's command line: see engine/SUPPORTED.md`,
    );
  }
  return String(await request(session, chain));
}

function chainOf(
  typeName: string,
  address: string,
  { ignore = [], shadowsSecret }: AddressOptions,
): Selection[] | undefined {
  if (address === "") throw new UsageError("resource cannot have empty address");
  switch (typeName) {
    case "Directory": {
      const exclude: Selection["args"] =
        ignore.length > 0 ? [["exclude", JSON.stringify(ignore)]] : [];
      if (parseGitUrl(address)) {
        return [atAddress(address), { field: "directory", args: exclude }, { field: "sync" }];
      }
      const path = ["path", JSON.stringify(localPath(address))] as const;
      return [
        { field: "host" },
        { field: "directory", args: [path, ...exclude] },
        { field: "sync" },
      ];
    }
    case "File":
      if (parseGitUrl(address)) {
        return [atAddress(address), { field: "file" }, { field: "sync" }];
      }
      return [
        { field: "host" },
        { field: "file", args: [["path", JSON.stringify(localPath(address))]] },
        { field: "sync" },
      ];
    case "Container":
      return [
        { field: "container" },
        { field: "from", args: [["address", JSON.stringify(address)]] },
        { field: "sync" },
      ];
    case "CacheVolume":
      return [{ field: "cacheVolume", args: [["key", JSON.stringify(address)]] }, { field: "id" }];
    case "Secret":
      if (shadowsSecret) return [{ field: "secret" }, { field: "id" }];
      return [{ field: "secret", args: secretArguments(address) }, { field: "id" }];
    case "Service":
      checkService(address);
      return [atAddress(address), { field: "service" }, { field: "id" }];
    case "Socket":
    case "GitRef":
    case "GitRepository":
      return [
        atAddress(address),
        { field: `${typeName.charAt(0).toLowerCase()}${typeName.slice(1)}` },
        { field: "id" },
      ];
    default:
      return undefined;
  }
}

function atAddress(address: string): Selection {
  return { field: "address", args: [["value", JSON.stringify(address)]] };
}

function localPath(address: string): string {
  return address.replace(/^file:\/\//u, "");
}

/** `env:X`, `env://X` and a plain `X` are the same; `?cacheKey=` names what stands for the value. */
function secretArguments(address: string): (readonly [string, string])[] {
  const [, provider = "env", value = address] = /^([^:]+):(?:\/\/)?(.*)$/su.exec(address) ?? [];
  const [base = "", query = ""] = value.split(/\?(.*)/su);
  const parameters = new URLSearchParams(query);
  const cacheKey = parameters.get("cacheKey");
  if (!cacheKey) return [["uri", JSON.stringify(`${provider}://${value}`)]];
  parameters.delete("cacheKey");
  const rest = parameters.size > 0 ? `?${parameters}` : "";
  return [
    ["uri", JSON.stringify(`${provider}://${base}${rest}`)],
    ["cacheKey", JSON.stringify(cacheKey)],
  ];
}

function checkService(address: string): void {
  const authority = /^[a-z][\w+.-]*:\/\/([^/?#]*)/iu.exec(address)?.[1] ?? "";
  if (/:\d+$/u.test(authority)) return;
  throw new UsageError(
    authority ? `address ${authority}: missing port in address` : "missing port in address",
  );
}
