import type { RawFinding } from "../../report/finding.ts";
import { componentLock } from "../../toolbox/component-lock.ts";
import { componentVenv, pythonComponent } from "../../toolbox/python.ts";
import { repositoryPath } from "../repository-path.ts";
import { components } from "../targets.ts";
import type { Target, Tool } from "../tool.ts";

/** Compares what pyproject.toml asks for with what the lock installed; prints one line a mismatch. */
const program = `
import re, sys, tomllib
from importlib import metadata
try:
    from packaging.requirements import Requirement
except ModuleNotFoundError:
    from pip._vendor.packaging.requirements import Requirement
with open("pyproject.toml", encoding="utf-8") as file:
    source = file.read()
lines = source.split("\\n")
project = tomllib.loads(source).get("project", {})
asked = list(project.get("dependencies", []))
for extra in project.get("optional-dependencies", {}).values():
    asked += extra
wrong = 0
for text in asked:
    need = Requirement(text)
    if need.marker and not need.marker.evaluate({"extra": ""}):
        continue
    try:
        have = metadata.version(need.name)
    except metadata.PackageNotFoundError:
        have = None
    if have is None or not need.specifier.contains(have, prereleases=True):
        wrong = 1
        line = next((n for n, each in enumerate(lines, 1) if text in each), 1)
        print(f"{line}\\t{text}\\t{have or 'nothing'}")
sys.exit(wrong)
`;

/** The lock against pyproject.toml: a lock that is behind installs what nobody asked for. */
export const lockCheck: Tool = {
  name: "lock",
  version: [],
  targets: components,
  container: async (target) =>
    (await pythonComponent(await componentLock(target.source, target.path))).withEnvVariable(
      "PYTHONPATH",
      "/opt/uv/lib/python3.13/site-packages",
    ),
  command: () => [`${componentVenv}/bin/python`, "-c", program],
  exitCodes: { 0: "clean", 1: "findings" },
  parse: ({ stdout }, target) => ({
    findings: stdout.split("\n").flatMap((line) => mismatch(line, target)),
  }),
};

function mismatch(line: string, target: Target): RawFinding[] {
  const [place, asked, have] = line.split("\t");
  if (!place || !asked || !have) return [];
  return [
    {
      tool: "lock",
      rule: "out-of-date",
      level: "error",
      message: `pyproject.toml asks for ${asked}, the lock has ${have}: make the lock anew`,
      path: repositoryPath(target, "pyproject.toml"),
      line: Number(place),
      column: 1,
    },
  ];
}
