import type { WriteStream } from "node:tty";
import type { GlobalFlags } from "../global-flags.ts";
import { UsageError } from "../usage-error.ts";
import { type Progress, silentProgress } from "./progress.ts";

/** The display that the flags ask for; by default a live one on a terminal, else plain lines. */
export async function openProgress(
  { silent, progress, verbose, quiet, debug }: GlobalFlags,
  stderr: WriteStream,
  env: NodeJS.ProcessEnv,
): Promise<Progress> {
  if (silent.value === true) return silentProgress;
  const asked = progress.changed ? String(progress.value) : "auto";
  const kind = asked === "auto" ? (stderr.isTTY ? "tty" : "plain") : asked;
  const verbosity = debug.value === true ? 3 : Number(verbose.value ?? 0);
  const write = (text: string) => void stderr.write(text);
  switch (kind) {
    case "plain":
    case "logs":
    case "dots":
    case "report":
      return (await import("./plain.ts")).plainProgress(write, { verbosity });
    case "json":
      return (await import("./json.ts")).jsonProgress(write);
    case "tty":
      if (!stderr.isTTY) throw new UsageError('no tty available for progress "tty"');
      return (await import("./live.ts")).liveProgress(stderr, {
        colours: env.NO_COLOR === undefined || env.NO_COLOR === "",
        verbosity,
        cleanUp: Number(quiet.value ?? 0) > 0,
      });
    default:
      throw new UsageError(`unknown progress type ${JSON.stringify(kind)}`);
  }
}
