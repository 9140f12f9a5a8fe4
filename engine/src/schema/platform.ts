/** Operating system and architecture of this machine's containers. */
export const defaultPlatform = process.arch === "arm64" ? "linux/arm64" : "linux/amd64";
