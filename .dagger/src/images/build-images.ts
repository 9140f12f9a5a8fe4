import { type Directory, dag, type Platform } from "@dagger.io/dagger";
import type { Project } from "../checks/tool.ts";
import { type BuiltImage, buildImage } from "./build-image.ts";
import type { Commit } from "./commit.ts";
import { imageSources } from "./image-source.ts";
import { Images } from "./images.ts";
import { overBudget } from "./size-budget.ts";
import { why } from "./why.ts";

/**
 * Builds every service's image, all at once.
 *
 * @throws Error that names each image that could not be built, or is over its budget, and why
 */
export async function buildImages(
  project: Project,
  commit: Commit,
  platform?: Platform,
): Promise<Images> {
  const sources = await imageSources(project, platform);
  const results = await Promise.allSettled(
    sources.map(async (source) => {
      const image = await buildImage(source, commit);
      const problem = overBudget(source.component, image);
      if (problem) throw new Error(problem);
      return image;
    }),
  );
  const problems = results.flatMap((result, index) =>
    result.status === "rejected" ? [`${sources[index]?.dockerfile}: ${why(result.reason)}`] : [],
  );
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const built = results.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  return imagesOf(built, project.config.timeouts.images);
}

function imagesOf(built: readonly BuiltImage[], limit: number): Images {
  const document = built.map(({ layout: _layout, ...rest }) => rest);
  const layouts = built.reduce<Directory>(
    (all, { name, layout }) => all.withDirectory(name, layout),
    dag.directory(),
  );
  return new Images(JSON.stringify(document), layouts, limit);
}
