import { readFileSync } from "node:fs";
import type { Json } from "../../tree/digest.ts";
import { trustCertificatesLate } from "./late-certificates.ts";

/** What a process that runs one function is told, on its standard input. */
export interface CallRequest {
  readonly port: number;
  readonly token: string;
  /** the module's bundle and what its scan found */
  readonly bundle: string;
  readonly scan: string;
  readonly workdir: string;
}

declare global {
  /** what the SDK's scanner would find, read from where it was kept */
  var galleyScan: Json | undefined;
}

/** Waits to be told which function to run, and runs it as the SDK does. */
export async function main(entrypoint: (files: string[]) => Promise<void>): Promise<void> {
  await trustCertificatesLate();
  const text = readFileSync(0, "utf8");
  if (text === "") return; // not needed after all
  const request = JSON.parse(text) as CallRequest;
  process.env.DAGGER_SESSION_PORT = String(request.port);
  process.env.DAGGER_SESSION_TOKEN = request.token;
  process.chdir(request.workdir);
  globalThis.galleyScan = JSON.parse(readFileSync(request.scan, "utf8")) as Json;
  await entrypoint([request.bundle]);
}
