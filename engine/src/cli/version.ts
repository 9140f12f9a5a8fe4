import packageJson from "../../package.json" with { type: "json" };
import { defaultPlatform } from "../schema/platform.ts";
import { apiVersion } from "../schema/query.ts";
import type { Command } from "./command.ts";

/** `version`: galley's own, and that of the API it serves. */
export const version: Command = async (_args, { io }) => {
  io.out(`galley v${packageJson.version} (API of dagger ${apiVersion}) ${defaultPlatform}\n`);
  return 0;
};
