import { type Directory, dag, func, object } from "@dagger.io/dagger";

/** Counts words. */
@object()
export class WordCount {
  /** The number of words in the texts of a folder. */
  @func()
  async words(source: Directory): Promise<number> {
    const counted = await dag
      .container()
      .from("alpine:3")
      .withMountedDirectory("/source", source.filter({ include: ["*.txt"] }))
      .withExec(["sh", "-c", "awk 1 /source/* | wc -w"])
      .stdout();
    return Number(counted);
  }

  /** Puts an image that says the number into a registry; answers its reference by digest. */
  @func({ cache: "never" })
  async publish(source: Directory, address: string): Promise<string> {
    const words = await this.words(source);
    return dag.container().from("alpine:3").withNewFile("/words", `${words}\n`).publish(address);
  }
}
