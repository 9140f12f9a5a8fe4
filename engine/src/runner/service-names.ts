import { closeSync, constants, ftruncateSync, openSync, writeSync } from "node:fs";

/**
 * Host names of the services that run in a session, for all of its steps: also for those that began
 * before the service did, and that nobody bound to it.
 */
export class ServiceNames {
  private readonly addresses = new Map<string, string>();
  /** hosts files that are in use, and how each is written */
  private readonly files = new Map<string, (names: ReadonlyMap<string, string>) => string>();

  addressOf(hostname: string): string | undefined {
    return this.addresses.get(hostname);
  }

  add(hostname: string, address: string): void {
    this.addresses.set(hostname, address);
    this.writeAll();
  }

  /** The name is free, unless another service has taken it meanwhile. */
  remove(hostname: string, address: string): void {
    if (this.addresses.get(hostname) !== address) return;
    this.addresses.delete(hostname);
    this.writeAll();
  }

  /** Writes a hosts file, again whenever a service comes or goes, until it is let go. */
  keep(file: string, text: (names: ReadonlyMap<string, string>) => string): () => void {
    this.files.set(file, text);
    write(file, text(this.addresses));
    return () => void this.files.delete(file);
  }

  private writeAll(): void {
    for (const [file, text] of this.files) write(file, text(this.addresses));
  }
}

/** In place: containers have this very file mounted, and are not to find it empty meanwhile. */
function write(file: string, text: string): void {
  const bytes = Buffer.from(text);
  const at = openSync(file, constants.O_WRONLY | constants.O_CREAT, 0o644);
  try {
    writeSync(at, bytes, 0, bytes.length, 0);
    ftruncateSync(at, bytes.length);
  } finally {
    closeSync(at);
  }
}
