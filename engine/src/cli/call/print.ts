import type { TypeRef } from "../../module/type-defs.ts";
import { UsageError } from "../usage-error.ts";
import { providerName } from "./types.ts";

/** How an answer is written: void not at all, objects by their handles, values as they are. */
export function printed(answer: unknown, type: TypeRef, asJson: boolean): string {
  if (type.kind === "void") return "";
  if (providerName(type) !== undefined) return printedHandles(answer, type);
  return asJson ? `${JSON.stringify(answer, undefined, 4)}\n` : plain(answer);
}

function printedHandles(answer: unknown, type: TypeRef): string {
  if (type.kind === "list") {
    const items = Array.isArray(answer) ? answer : [];
    return items.map((each) => `- ${printedHandles(each, type.item)}`).join("");
  }
  if (typeof answer === "string") return `${handle(answer)}\n`;
  const id = (answer as { id?: unknown } | null)?.id;
  if (typeof id === "string") return `${handle(id)}\n`;
  throw new UsageError(
    `printID: unexpected type for object: ${answer === null ? "<nil>" : typeof answer}`,
  );
}

/** A handle reads `Type@digest` as it is; what is none is refused as Dagger's command line does. */
function handle(id: string): string {
  if (/^\w+@sha256:[0-9a-f]{64}$/u.test(id)) return id;
  const illegal = id.search(/[^A-Za-z0-9+/=]/u);
  throw new UsageError(
    `failed to decode ID: failed to decode base64: illegal base64 data at input byte ${
      illegal < 0 ? id.length : illegal
    }`,
  );
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map((each) => `${plain(each)}\n`).join("");
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "object") return Object.values(value).map(plain).join("");
  return String(value);
}
