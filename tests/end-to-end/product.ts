import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Registry } from "../../engine/src/testing/registry.ts";
import type { Repository } from "./repository.ts";

/**
 * Makes releases of what a repository holds at that time: builds, publishes, and answers the release's
 * file.
 *
 * @param files a folder for what is written
 */
export function releases(
  repository: Repository,
  registry: Registry,
  files: string,
): (name: string) => Promise<string> {
  const to = ["--registry-service", `tcp://${registry.address}`];
  return async (name) => {
    const at = ["--registry", `${registry.address}/team`];
    const sent = await repository.call("build-images", "publish", ...at, ...to, "json", "contents");
    expect(sent.exitCode, sent.stderr).toBe(0);
    const published = join(files, "published.json");
    writeFileSync(published, sent.stdout);
    const evidence = join(files, "no-evidence");
    mkdirSync(evidence, { recursive: true });
    const made = await repository.call(
      ...["release", "--published", published, "--evidence", evidence, ...to, "json", "contents"],
    );
    expect(made.exitCode, made.stderr).toBe(0);
    const path = join(files, `${name}.json`);
    writeFileSync(path, made.stdout);
    return path;
  };
}

/** The service as kitchen.yaml says it, below `components:`. */
export const service = (probes = '/menu, "/orders?limit=1"') => `  api:
    path: services/api
    deploy:
      as: service
      operations: [/readyz]
      probes: [${probes}]
      migrate: [python, -m, kitchen_api.migrate]
      env:
        KITCHEN_API_DATABASE_URL_FILE: /kitchen/database-url
        KITCHEN_API_RELEASE_ID_FILE: /kitchen/release-id
        KITCHEN_API_IMAGE_DIGEST_FILE: /kitchen/image-digest
`;

/** A line more of it: only whoever deploys migrates. */
export const migratedByDeploy = `        KITCHEN_API_MIGRATE: "false"\n`;

/** A migration more than the service has. */
export function addMigration(repository: Repository): void {
  repository.write("services/api/src/kitchen_api/migrations/versions/0002_note.py", migration);
}

const migration = `"""A note on each order."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("orders", sa.Column("note", sa.String(80), nullable=True))
`;
