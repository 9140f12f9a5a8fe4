import { dag, type File, func, object, type Secret } from "@dagger.io/dagger";
import * as z from "zod";
import type { Answer } from "./answer.ts";
import { unseal } from "./sealed.ts";

export interface AppliedDocument {
  readonly environment: string;
  /** who applied it */
  readonly actor: string;
  readonly plan: {
    readonly digest: string;
    readonly configuration: string;
    readonly terraform: string;
    readonly state: Answer["state"];
    /** was it a saved plan, that somebody may have reviewed? */
    readonly saved: boolean;
  };
  /** the plan as people read it */
  readonly text: string;
  readonly applied: NonNullable<Answer["applied"]>;
  readonly notes: readonly string[];
}

/** An environment after an apply. */
@object()
export class Applied {
  /** what was done as JSON text, without secrets */
  private readonly document: string;
  /** sensitive outputs, sealed */
  private readonly sealed: File;
  private readonly key: Secret;

  constructor(document: string, sealed: File, key: Secret) {
    this.document = document;
    this.sealed = sealed;
    this.key = key;
  }

  /** The plan that was applied, and what came of it. */
  @func()
  summary(): string {
    const { text, environment, applied, notes } = this.data();
    const { resources, state } = applied;
    const changes = `${resources.length} resource change${resources.length === 1 ? "" : "s"}`;
    const done = `applied to ${environment}: ${changes}, the state is at serial ${state?.serial}`;
    const news = notes.filter((each) => !text.includes(each));
    return `${[text, done, ...news.map((each) => `  note: ${each}`)].join("\n")}\n`;
  }

  /** Digest of the plan that was applied. */
  @func()
  digest(): string {
    return this.data().plan.digest;
  }

  /**
   * JSON, by name: type (as Terraform writes types) and value of each output; sensitive ones have
   * `"sensitive": true` and no value, which `secret` gives.
   */
  @func()
  outputs(): File {
    const { outputs } = this.data().applied;
    return dag.file("outputs.json", `${JSON.stringify(outputs, null, 2)}\n`);
  }

  /**
   * A sensitive output, as it is when it is text, else as JSON.
   *
   * @param name the output's name
   */
  @func({ cache: "never" })
  async secret(name: string): Promise<Secret> {
    const { environment, plan } = this.data();
    const values = z
      .record(z.string(), z.unknown())
      .parse(JSON.parse(await unseal(this.sealed, this.key)));
    if (!(name in values)) {
      throw new Error(
        `no sensitive output ${name}: there are ${Object.keys(values).join(", ") || "none"}`,
      );
    }
    const value = values[name];
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return dag.setSecret(`terraform ${environment} ${name} ${plan.digest}`, text);
  }

  /**
   * JSON for an audit: environment, actor, plan (digest, configuration, terraform, state, saved),
   * started and finished (RFC 3339), resources (address, action, outcome, seconds), state (lineage,
   * serial), outputs (names), notes.
   */
  @func()
  evidence(): File {
    const { environment, actor, plan, applied, notes } = this.data();
    const { outputs = {}, ...rest } = applied;
    const evidence = { environment, actor, plan, ...rest, outputs: Object.keys(outputs), notes };
    return dag.file("evidence.json", `${JSON.stringify(evidence, null, 2)}\n`);
  }

  private data(): AppliedDocument {
    return JSON.parse(this.document) as AppliedDocument;
  }
}
