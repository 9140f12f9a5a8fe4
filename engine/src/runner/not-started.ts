/**
 * Why a command could not be started, in the words that Dagger's init has for it, read from what
 * tini or crun wrote to the step's own stderr, or crun to its log. Undefined when it was started.
 */
export function whyNotStarted(
  command: string,
  code: number | null,
  stderr: string,
  log: string,
): string | undefined {
  if (code !== 126 && code !== 127 && code !== 1) return undefined;
  const last = lastLine(stderr);
  const byKernel =
    /^\[FATAL tini \(\d+\)\] exec .* failed: (.*)$/u.exec(last) ??
    /^exec container process (?:\(.*\) )?`.*`: (.*)$/u.exec(last);
  if (byKernel) return inDaggersWords(command, byKernel[1] as string);
  return log === "" ? undefined : inDaggersWords(command, lastLine(log));
}

function inDaggersWords(command: string, reason: string): string {
  const lower = reason.toLowerCase();
  if (/^executable file .* not found|^no such file/u.test(lower)) {
    return command.includes("/")
      ? `fork/exec ${command}: no such file or directory\n`
      : `exec: ${JSON.stringify(command)}: executable file not found in $PATH\n`;
  }
  // What may not be started has other words and errors in each version of crun.
  if (/^(?:open|the path) .*(?:permitted|denied)$/u.test(lower)) {
    return `fork/exec ${command}: permission denied\n`;
  }
  return /^[a-z ]+$/u.test(lower) ? `fork/exec ${command}: ${lower}\n` : `${reason}\n`;
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
