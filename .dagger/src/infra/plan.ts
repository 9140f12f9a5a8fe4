import { type Directory, dag, type File, func, object } from "@dagger.io/dagger";
import { Report } from "../report/report.ts";
import type { Planned } from "./make-plan.ts";
import { counts, type PlanStory, planMarkdown, planText } from "./plan-text.ts";
import { planReport } from "./report-plan.ts";

interface PlanDocument {
  readonly story: PlanStory;
  readonly configuration: string;
  readonly lineage: string;
  /** `terraform show -json`, without secrets */
  readonly terraform: unknown;
  readonly report: ReturnType<typeof planReport>;
}

/** What Terraform would do to an environment. */
@object()
export class Plan {
  /** the plan as JSON text, without secrets */
  private readonly document: string;
  /** the saved plan, sealed */
  private readonly sealed?: File;

  constructor(document: string, sealed?: File) {
    this.document = document;
    this.sealed = sealed;
  }

  /** Counts, then each change with its place: what is destroyed or replaced comes first. */
  @func()
  summary(): string {
    return `${planText(this.data().story)}\n`;
  }

  /** Markdown for a pull request. */
  @func()
  markdown(): File {
    return dag.file("plan.md", planMarkdown(this.data().story));
  }

  /**
   * JSON: environment, digest, configuration (digest of its files), terraform (version), state
   * (lineage, serial), hasChanges, counts, changes (action, address, protected, attributes, place),
   * outputs, drifted, notes. Sensitive values are hidden.
   */
  @func()
  json(): File {
    const { story, configuration, lineage } = this.data();
    const { environment, digest, terraform, serial, ...rest } = story;
    const all = {
      ...{ environment, digest, configuration, terraform, state: { lineage, serial } },
      ...{ hasChanges: this.hasChanges(), counts: counts(story.changes) },
      ...rest,
    };
    return dag.file("plan.json", `${JSON.stringify(all, null, 2)}\n`);
  }

  /** What `terraform show -json` says of the plan, for other tools. Sensitive values are hidden. */
  @func()
  terraformJson(): File {
    return dag.file("terraform-plan.json", `${JSON.stringify(this.data().terraform)}\n`);
  }

  /**
   * The saved plan, sealed with the key that was given: what terraformApply takes. Fails when the plan
   * was made without a key.
   */
  @func()
  file(): File {
    if (this.sealed) return this.sealed.withName(`${this.data().story.environment}.plan`);
    throw new Error(
      "this plan was not kept, since it holds secrets and no key was given to seal it with: plan with --key",
    );
  }

  /**
   * All of this one plan, since two calls make two: plan.md, plan.json, terraform-plan.json, digest,
   * and ENVIRONMENT.plan when it was sealed.
   */
  @func()
  all(): Directory {
    const files = [this.markdown(), this.json(), this.terraformJson()];
    return dag
      .directory()
      .withFiles(".", this.sealed ? [...files, this.file()] : files)
      .withNewFile("digest", `${this.digest()}\n`);
  }

  /**
   * SHA-256 of what the plan does, to what, and from which state and configuration; with a key of
   * exactly this saved plan.
   */
  @func()
  digest(): string {
    return this.data().story.digest;
  }

  /** Would an apply do anything? */
  @func()
  hasChanges(): boolean {
    const { changes, outputs } = this.data().story;
    return outputs.length > 0 || changes.some(({ action }) => action !== "read");
  }

  /** What kitchen.yaml's policy does not allow in the plan; terraformApply would refuse it. */
  @func()
  policy(): Report {
    return new Report(JSON.stringify(this.data().report));
  }

  private data(): PlanDocument {
    return JSON.parse(this.document) as PlanDocument;
  }
}

export function planOf(planned: Planned, isKept: boolean): Plan {
  const { answer, story, result } = planned;
  const document: PlanDocument = {
    story,
    configuration: answer.configuration,
    lineage: answer.state.lineage,
    terraform: answer.plan,
    report: planReport("terraformPlan", planned),
  };
  return new Plan(JSON.stringify(document), isKept ? result.file("plan") : undefined);
}
