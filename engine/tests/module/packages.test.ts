import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { testSession } from "../server/open.ts";
import { preparedCache } from "./prepared-cache.ts";
import { writeModule } from "./write-module.ts";

const index = `
import { object, func } from "@dagger.io/dagger";
import ms from "ms";
import manifest from "ms/package.json" with { type: "json" };
@object()
export class Packed {
  @func()
  minute(): string { return ms(60_000) + " by " + manifest.version; }
}`;

const registry = execFileSync("npm", ["config", "get", "registry"], { encoding: "utf8" }).trim();

const yarnLock = `# yarn lockfile v1


ms@^2.0.0:
  version "2.1.1"
  resolved "${registry}ms/-/ms-2.1.1.tgz"
`;

const pnpmLock = `lockfileVersion: '6.0'

dependencies:
  '@dagger.io/dagger':
    specifier: ./sdk
    version: link:sdk
  ms:
    specifier: ^2.0.0
    version: 2.1.2

packages:

  /ms@2.1.2:
    resolution: {integrity: sha512-sGkPx+VjMtmA6MX27oA4FBFELFCZZ4S4XqeGOXCv68tT+jb3vk/RyaKWP0PTKyWtmLSM0b+adUTEvbs1PEaH2w==}
    dev: false
`;

const npmLock = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    "": { dependencies: { "@dagger.io/dagger": "./sdk", ms: "^2.0.0" } },
    "node_modules/@dagger.io/dagger": { resolved: "sdk", link: true },
    sdk: { name: "@dagger.io/dagger", version: "0.0.0" },
    "node_modules/ms": { version: "2.1.0" },
  },
});

test.each([
  ["package-lock.json", npmLock, "npm ci", "2.1.0"],
  ["yarn.lock", yarnLock, "npm install", "2.1.1"],
  ["pnpm-lock.yaml", pnpmLock, "npx --yes pnpm@8.15.4 install", "2.1.2"],
])("packages are those of %s", { timeout: 120_000 }, async (lockFile, lock, command, version) => {
  const workdir = writeModule("packed", index, {
    "package.json": JSON.stringify({
      type: "module",
      dependencies: { "@dagger.io/dagger": "./sdk", ms: "^2.0.0" },
    }),
    [lockFile]: lock,
  });
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  await session.loadModule(".");
  const { data, errors } = await session.query({ query: "{minute}" });
  expect(errors ?? data).toEqual({ minute: `1m by ${version}` });
  expect(session.happened).toContainEqual({
    type: "notice",
    text: `module packed: ${command} (ms), once for its lock file`,
  });
});

test("a lock file that cannot be read is told", { timeout: 60_000 }, async () => {
  const workdir = writeModule("packed", index, {
    "package.json": JSON.stringify({ type: "module", dependencies: { ms: "2.1.3" } }),
    "bun.lock": "{}",
  });
  const session = await testSession({ cacheRoot: await preparedCache(), workdir });
  await session.loadModule(".");
  expect(await session.query({ query: "{minute}" })).toMatchObject({
    data: { minute: "1m by 2.1.3" },
  });
  expect(session.happened).toContainEqual({
    type: "notice",
    text: "module packed: bun.lock is not read: its packages are the newest that package.json allows",
  });
});
