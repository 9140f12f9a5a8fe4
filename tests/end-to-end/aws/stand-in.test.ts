import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { standInEnvironment, standInPython, startStandIn } from "./stand-in.ts";

test("the stand-in for AWS refuses what the models do not allow, keeps state, and fails as planted", async () => {
  const path = fileURLToPath(new URL("test_stand_in.py", import.meta.url));
  const aws = await startStandIn();
  try {
    const python = standInPython();
    const env = { ...standInEnvironment(python), STAND_IN_PORT: `${aws.port}` };
    execFileSync(python, [path], { encoding: "utf8", stdio: "pipe", env });
    expect(await aws.violations()).toContain(
      "apprunner UpdateService: 1 validation error detected: Unknown parameter 'Image' in the request",
    );
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr ?? `${error}`);
  } finally {
    aws.stop();
  }
});
