/** Import directions: a room imports from the rooms below it only (engine/README.md, docs/design.md). */

const galley = [
  "testing",
  "cli",
  "server",
  "schema|module|telemetry|prune",
  "graph",
  "images",
  "runner",
  "tree",
];
const kitchen = ["index\\.ts", "checks|images|verify", "toolbox|report", "config(?:\\.ts|/)"];

/** For each room: nothing it must not reach, which is every room above it. */
function directions(prefix, rooms) {
  return rooms.slice(1).map((room, index) => ({
    name: `${prefix} ${room} imports downwards`,
    severity: "error",
    from: { path: `^${prefix}/(${room})` },
    to: { path: `^${prefix}/(${rooms.slice(0, index + 1).join("|")})` },
  }));
}

module.exports = {
  forbidden: [
    ...directions("engine/src", galley),
    ...directions(".dagger/src", kitchen).map((rule) => ({
      ...rule,
      from: { path: rule.from.path.replace(".dagger", "\\.dagger") },
      to: { path: rule.to.path.replace(".dagger", "\\.dagger") },
    })),
    {
      name: "the module and the engine do not know each other",
      severity: "error",
      from: { path: "^\\.dagger/" },
      to: { path: "^engine/" },
    },
    {
      name: "the engine and the module do not know each other",
      severity: "error",
      from: { path: "^engine/" },
      to: { path: "^\\.dagger/" },
    },
    {
      name: "no cycles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "every import resolves",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      conditionNames: ["import", "node", "default"],
      exportsFields: ["exports"],
    },
  },
};
