import { dag, type File, func, object } from "@dagger.io/dagger";
import { type Changed, type Current, slots } from "./environment.ts";

/** What an environment holds, as its own parts say. */
@object()
export class EnvironmentState {
  /** as JSON text */
  private readonly document: string;

  constructor(document: string) {
    this.document = document;
  }

  /** A line for each slot with its share of the traffic, and one for Airflow. */
  @func()
  summary(): string {
    const { environment, slots: found, airflow, changes } = this.data();
    const lines = slots.map((slot) => slotLine(slot, found[slot]));
    if (airflow) {
      const dags = Object.keys(airflow.dags ?? {}).join(", ");
      lines.push(`  Airflow  ${airflow.release}  ${airflow.problem ?? `DAGs ${dags}`}`);
    }
    const made = changes ? [`  ${changes.length} requests changed something`] : [];
    return `${[environment, ...lines, ...made].join("\n")}\n`;
  }

  /**
   * JSON: slots (release, image, weight in percent, running, served: what the service says that it
   * is), stable, before, airflow (release, dags), containers, changes (requests to the host).
   */
  @func()
  json(): File {
    return dag.file("environment.json", `${JSON.stringify(this.data(), null, 2)}\n`);
  }

  private data(): Current & Partial<Pick<Changed, "changes">> {
    return JSON.parse(this.document) as Changed;
  }
}

function slotLine(slot: string, about: Current["slots"]["blue"]): string {
  const { release, weight, running, served } = about;
  if (!release) return `  ${slot.padEnd(5)}  empty`;
  const state = running ? "runs" : "does not run";
  const says = served?.release === release ? "serves it" : `serves ${served?.release ?? "nothing"}`;
  return `  ${slot.padEnd(5)}  ${String(weight).padStart(3)} %  ${release}  ${state}, ${says}`;
}
