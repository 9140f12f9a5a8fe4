/** The pipeline of a repository of its own: Kitchen's checks, one more, and a stricter threshold. */
import { argument, check, type Directory, dag, func, object } from "@dagger.io/dagger";

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
    const text = await this.source.file("kitchen.yaml").contents();
    const stricter = dag.file("kitchen.yaml", text.replace(/coverage: \d+/, "coverage: 95"));
    return dag.kitchen({ source: this.source, config: stricter }).unitTest();
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
}
