/** Operating system and architecture of this machine's containers. */
export const defaultPlatform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";

/** Why a text is no platform: `linux`, `linux/arm64`, `linux/arm/v7` are; undefined when it is one. */
export function platformProblem(text: string): string | undefined {
  if (/^[\w.-]+(\/[\w.-]+){0,2}$/u.test(text)) return undefined;
  return `${JSON.stringify(text)}: cannot parse platform specifier: invalid argument`;
}
