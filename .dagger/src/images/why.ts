/** What went wrong in building an image: the engine's words, and the end of what the step wrote. */
export function why(reason: unknown): string {
  const { message, stderr = "" } = reason as { message: string; stderr?: string };
  const last = stderr.trim().split("\n").slice(-10).join("\n");
  return last ? `${message}\n${last}` : message;
}

/** What one of the module's own scripts said when it ended itself: it says all there is to say. */
export function ownWords(reason: unknown): string {
  const { message, stderr = "" } = reason as { message: string; stderr?: string };
  return stderr.trim() || message;
}
