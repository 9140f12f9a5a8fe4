/**
 * Why a command could not be started, in the words that Dagger's init has for it, read from what
 * tini or runc wrote. Undefined when it was started.
 */
export function whyNotStarted(
  command: string,
  code: number | null,
  stderr: string,
): string | undefined {
  if (code !== 126 && code !== 127 && code !== 1) return undefined;
  const line = stderr.trimEnd().split("\n").at(-1) ?? "";
  const byInit = /^\[FATAL tini \(\d+\)\] exec .* failed: (.*)$/u.exec(line);
  if (byInit) return inDaggersWords(command, byInit[1] as string);
  const byRunc = /runc run failed: .*exec: .*?: (.*?)"?$/u.exec(line);
  return byRunc ? inDaggersWords(command, byRunc[1] as string) : undefined;
}

function inDaggersWords(command: string, reason: string): string {
  const lower = reason.toLowerCase();
  if (lower.includes("no such file") || lower.includes("not found")) {
    return command.includes("/")
      ? `fork/exec ${command}: no such file or directory\n`
      : `exec: ${JSON.stringify(command)}: executable file not found in $PATH\n`;
  }
  return `fork/exec ${command}: ${lower}\n`;
}
