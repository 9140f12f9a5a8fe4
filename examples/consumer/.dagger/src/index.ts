/** The pipeline of a repository of its own: Kitchen's checks, one more, stricter thresholds, and promotion. */
import {
  argument,
  check,
  type Directory,
  dag,
  type File,
  func,
  object,
  type Secret,
  type Socket,
} from "@dagger.io/dagger";

@object()
export class Prices {
  private readonly source: Directory;

  constructor(
    // In a repository of its own this is "/".
    @argument({ defaultPath: "/examples/consumer", ignore: [".dagger", "report"] })
    source: Directory,
  ) {
    this.source = source;
  }

  /** Kitchen's lint, as it is. */
  @func()
  @check()
  lint(): Promise<string> {
    return dag.kitchen({ source: this.source }).lint();
  }

  /** Kitchen's tests, with more coverage than kitchen.yaml asks for. */
  @func()
  @check()
  async unitTest(): Promise<string> {
    return dag.kitchen({ source: this.source, config: await this.stricter() }).unitTest();
  }

  /** A check of its own: every function of prices says what it does with half a cent. */
  @func()
  @check()
  async rounding(): Promise<string> {
    const text = await this.source.file("src/prices/__init__.py").contents();
    const silent = [...text.matchAll(/^def (\w+)\(.*\n {4}"""(.*)"""/gm)].filter(
      ([, , says = ""]) => !/round/i.test(says),
    );
    const names = silent.map(([, name]) => name).join(", ");
    if (names !== "") throw new Error(`rounding: ${names}: say how it rounds`);
    return "rounding: passed\n";
  }

  /**
   * Kitchen's promotion to production, by a stricter limit for errors than kitchen.yaml has.
   *
   * @param release digest of the release: sha256:…
   * @param registry where the images are: registry.example.com/team
   * @param approvals a folder with APPROVAL.json and APPROVAL.json.sig of each
   * @param socket the host's socket: /var/run/docker.sock
   * @param git the repository's .git folder
   * @param plan the saved plan that was approved
   * @param planKey what that plan is sealed with
   * @param username user name for the registry
   * @param password password or token for it
   */
  @func({ cache: "never" })
  async promote(
    release: string,
    registry: string,
    approvals: Directory,
    socket: Socket,
    git: Directory,
    plan: File,
    planKey: Secret,
    username: string,
    password: Secret,
  ): Promise<string> {
    const login = { registryUsername: username, registryPassword: password };
    return dag
      .kitchen({ source: this.source, config: await this.stricter() })
      .environment("production", { socket, ...login })
      .promote(release, registry, approvals, {
        ...{ git, plan, planKey, username, password },
        actor: "prices",
      })
      .summary();
  }

  /** All three at once, so that one does not hide another. */
  @func()
  async all(): Promise<string> {
    const results = await Promise.allSettled([this.lint(), this.unitTest(), this.rounding()]);
    const texts = results.map((each) =>
      each.status === "fulfilled" ? each.value : String(each.reason.message),
    );
    if (results.some(({ status }) => status === "rejected")) throw new Error(texts.join("\n"));
    return texts.join("\n");
  }

  /** kitchen.yaml with more coverage, and fewer errors of a new version. */
  private async stricter(): Promise<File> {
    const text = await this.source.file("kitchen.yaml").contents();
    const strict = text
      .replace(/coverage: \d+/, "coverage: 95")
      .replace(/errorRate: \d+/, "errorRate: 1");
    return dag.file("kitchen.yaml", strict);
  }
}
