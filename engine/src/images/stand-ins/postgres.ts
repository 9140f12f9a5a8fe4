import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { debootstrap } from "./debian.ts";
import { postgresEntrypoint } from "./postgres-entrypoint.ts";
import type { StandIn } from "./stand-in.ts";

const major = "17";

/** Debian trixie's PostgreSQL, started by the settings that the official image knows. */
export const postgres: StandIn = {
  name: "postgres:17-trixie",
  matches: ({ registry, repository, tag }) =>
    registry === "docker.io" &&
    repository === "library/postgres" &&
    /^17(?:\.\d+)?(?:-trixie)?$/u.test(tag ?? ""),
  madeOf: "Debian trixie with postgresql-17",
  recipe: "2",
  config: () => ({
    Env: [
      `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${major}/bin`,
      "LANG=C.UTF-8",
      `PG_MAJOR=${major}`,
      "PGDATA=/var/lib/postgresql/data",
    ],
    Entrypoint: ["docker-entrypoint.sh"],
    Cmd: ["postgres"],
    ExposedPorts: { "5432/tcp": {} },
    Volumes: { "/var/lib/postgresql/data": {} },
    // A clean end without waiting for clients to leave.
    StopSignal: "SIGINT",
  }),
  async build(root, _reference, context) {
    await debootstrap("trixie", [`postgresql-${major}`], root, context);
    // The cluster that the package makes for a machine; a container makes its own.
    for (const path of ["etc/postgresql", `var/lib/postgresql/${major}`]) {
      rmSync(join(root, path), { recursive: true, force: true });
    }
    // Just-in-time compilation is most of the package, and PostgreSQL does without.
    for (const folder of ["usr/lib/x86_64-linux-gnu", `usr/lib/postgresql/${major}/lib`]) {
      for (const name of readdirSync(join(root, folder))) {
        if (/^(?:libLLVM|libz3|llvmjit)/u.test(name)) {
          rmSync(join(root, folder, name), { recursive: true });
        }
      }
    }
    const sample = join(root, `usr/share/postgresql/${major}/postgresql.conf.sample`);
    const text = readFileSync(sample, "utf8");
    writeFileSync(
      sample,
      text.replace(/^#?listen_addresses = '[^']*'/mu, "listen_addresses = '*'"),
    );
    mkdirSync(join(root, "docker-entrypoint-initdb.d"));
    const entrypoint = join(root, "usr/local/bin/docker-entrypoint.sh");
    writeFileSync(entrypoint, postgresEntrypoint);
    chmodSync(entrypoint, 0o755);
  },
};
