import * as z from "zod";
import { type Current, slots } from "../environments/environment.ts";
import type { PublishedImages } from "../images/published-images.ts";
import type { Applied } from "../infra/applied.ts";
import { readPublished } from "../release/published-image.ts";
import type { Release } from "../release/release.ts";
import type { Table } from "../report/finding.ts";

/** What each stage did, for people. */

export async function imagesTable(published: PublishedImages): Promise<Table> {
  const images = readPublished(await published.json().contents());
  const rows = images.map(({ name, reference }) => [name, reference]);
  return { title: "image", columns: ["image", "published as"], rows };
}

const evidenceSchema = z.object({
  resources: z.array(z.object({ action: z.string(), address: z.string(), outcome: z.string() })),
});

export async function appliedTable(applied: Applied): Promise<Table> {
  const text = await applied.evidence().contents();
  const { resources } = evidenceSchema.parse(JSON.parse(text));
  const rows = resources.map(({ action, address, outcome }) => [address, action, outcome]);
  return {
    title: "resource",
    columns: ["resource", "action", "outcome"],
    rows: rows.length > 0 ? rows : [["all", "none", "as they were"]],
  };
}

/** `title`: what the places were asked after. */
export function slotsTable(title: string, seen: Current): Table {
  const rows = slots.map((slot) => {
    const { release, weight, served } = seen.slots[slot];
    return [slot, `${weight} %`, said(release, served), release ?? "empty"];
  });
  const { airflow } = seen;
  if (airflow) {
    const dags = airflow.problem ?? Object.keys(airflow.dags ?? {}).join(", ");
    rows.push(["Airflow", "", dags, airflow.release]);
  }
  return { title, columns: ["place", "traffic", "serves", "release"], rows };
}

export function releaseTable(release: Release): Table {
  return { title: "release", columns: ["release", "digest"], rows: [["tested", release.digest()]] };
}

function said(release: string | null, served: Current["slots"]["blue"]["served"]): string {
  if (!served) return "nothing";
  return served.release === release ? "its release" : `${served.release}`;
}
