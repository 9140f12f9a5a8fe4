import { LockError } from "../toolbox/component-lock.ts";
import { images } from "../toolbox/images.ts";

/**
 * A Dockerfile for a Python package that has none: its locked dependencies in a virtual
 * environment, its sources beside them, a user of its own, and `python -m PACKAGE` to start it.
 * Dependencies are compiled once, since no process of that user could keep what it compiles; by
 * contents and one after the other, so that the same lock gives the same image. What does not compile
 * (a package's template) is for nobody to import.
 *
 * @param paths every file and folder of the package, relative to it; folders end with a slash
 * @throws LockError when nothing pins its dependencies
 */
export function defaultDockerfile(name: string, paths: readonly string[], path: string): string {
  if (!paths.includes("requirements.lock")) {
    throw new LockError(
      `${path}: no Dockerfile, and no requirements.lock for the default one: run \`uv pip compile --generate-hashes --no-emit-index-url pyproject.toml -o requirements.lock\` there, write a Dockerfile, or say \`image: false\` for ${name} in kitchen.yaml`,
    );
  }
  const main = paths.find((each) => /^(?:src\/)?[^/]+\/__main__\.py$/.test(each));
  const sources = paths.includes("src/") ? "src" : ".";
  const start = main
    ? `ENTRYPOINT ["python", "-m", "${main.split("/").at(-2)}"]`
    : 'CMD ["python"]';
  return `FROM ${images.python} AS build
RUN python -m venv --without-pip /opt/venv
COPY requirements.lock ./
RUN pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --no-deps --only-binary=:all: --require-hashes -r requirements.lock \\
    && { python -m compileall -qq --invalidation-mode unchecked-hash /opt/venv || true; }

FROM ${images.python}
LABEL org.opencontainers.image.title="${name}"
ARG SOURCE_DATE_EPOCH
RUN groupadd --gid 10000 app && useradd --uid 10000 --gid app --home-dir /app --no-create-home --no-log-init --shell /usr/sbin/nologin app
COPY --from=build /opt/venv /opt/venv
COPY ${sources} /app/src
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app/src PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /app
USER 10000:10000
${start}
`;
}
