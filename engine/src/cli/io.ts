/** Where a command reads and writes, and what it is told of its surroundings. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  out(text: string): void;
  err(text: string): void;
  readonly env: NodeJS.ProcessEnv;
  readonly workdir: string;
  /** standard output is a terminal of that many columns */
  readonly columns: number | undefined;
  /** the progress display shows what failed steps write */
  readonly showsFailures: boolean;
}

/** The width that help is folded to. */
export function helpWidth({ columns }: { readonly columns: number | undefined }): number {
  return (columns ?? 80) - 1;
}
