import { writeFileSync } from "node:fs";
import { type KeptScan, keep, type Shapes } from "./kept-scan.ts";
import { type Registration, registered } from "./recorder.ts";
import { scanRequest } from "./scan-request.ts";

/** What a scan answers: what the SDK would register, and what its scanner found. */
export interface ScanAnswer {
  readonly registration: Registration;
  readonly scan: KeptScan;
}

/** Scans a module with the SDK's own scanner and registration. */
export async function main(
  scan: (files: string[], moduleName: string, loadModule: boolean) => Promise<object>,
  Register: new (found: object) => { run(): Promise<string> },
  shapes: Shapes,
): Promise<void> {
  const { files, moduleName, output } = scanRequest();
  const found = await scan([...files], moduleName, false);
  await new Register(found).run();
  if (!registered) throw new Error("the SDK registered nothing");
  const answer: ScanAnswer = { registration: registered, scan: keep(found, shapes) };
  writeFileSync(output, JSON.stringify(answer));
}
