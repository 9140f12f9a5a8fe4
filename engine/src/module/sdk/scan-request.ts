/** What a scanning process is told: one JSON argument. */
export interface ScanRequest {
  readonly moduleName: string;
  /** absolute paths of the module's TypeScript files */
  readonly files: readonly string[];
  /** where the answer goes, as JSON */
  readonly output: string;
  /** the compiler's file, and where its compiled form is kept */
  readonly typescript: string;
  readonly typescriptCache: string;
  /** stands for `@dagger.io/dagger` while scanning */
  readonly sdkTypes: string;
}

export function scanRequest(): ScanRequest {
  return JSON.parse(process.argv[2] as string) as ScanRequest;
}
