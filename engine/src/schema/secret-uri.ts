import { ApiError } from "../tree/api-error.ts";

/** Where a secret's plaintext comes from. */
export interface SecretUri {
  readonly provider: "env" | "file" | "cmd";
  readonly value: string;
}

/** Reads `env://NAME`, `file://PATH`, `cmd://COMMAND`, also without the slashes. */
export function parseSecretUri(uri: string): SecretUri {
  const [, provider, value = ""] = /^([a-z][a-z0-9+.-]*):(?:\/\/)?(.*)$/su.exec(uri) ?? [];
  if (provider === undefined) throw new ApiError(`parse ${JSON.stringify(uri)}: malformed id`);
  if (provider !== "env" && provider !== "file" && provider !== "cmd") {
    throw new ApiError(`unsupported secret provider: ${JSON.stringify(provider)}`);
  }
  return { provider, value };
}
