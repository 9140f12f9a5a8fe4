import { describe, expect, it } from "vitest";
import { defaultDockerfile } from "../src/images/default-dockerfile.ts";
import { readMatches } from "../src/images/scan.ts";
import { bytes, overBudget } from "../src/images/size-budget.ts";

describe("the default Dockerfile", () => {
  const paths = ["pyproject.toml", "requirements.lock", "src/", "src/app/", "src/app/__main__.py"];

  it("starts the package that can be started, as a user of its own", () => {
    const text = defaultDockerfile("app", paths, "services/app");
    expect(text).toContain('ENTRYPOINT ["python", "-m", "app"]');
    expect(text).toContain("COPY src /app/src");
    expect(text).toMatch(/USER 10000:10000\nENTRYPOINT/);
    expect(text).toContain("--require-hashes");
  });

  it("says what to do when nothing pins the dependencies", () => {
    expect(() => defaultDockerfile("app", ["pyproject.toml"], "services/app")).toThrow(
      "services/app: no Dockerfile, and no requirements.lock for the default one: run `uv pip compile --generate-hashes --no-emit-index-url pyproject.toml -o requirements.lock` there, write a Dockerfile, or say `image: false` for app in kitchen.yaml",
    );
  });
});

describe("a size budget", () => {
  const layer = (size: number, createdBy: string) => ({ digest: "", size, createdBy });
  const about = {
    digest: "",
    created: "",
    size: 90_000_000,
    layers: [
      layer(1000, "WORKDIR /a"),
      layer(60e6, "FROM base"),
      layer(29e6, "RUN pip\n  install"),
    ],
  };
  const image = { name: "api", dockerfile: "", materials: [], about, layout: undefined as never };
  const component = (maxSize: number | undefined) => ({
    name: "api",
    path: ".",
    coverage: undefined,
    image: { build: true, maxSize },
  });

  it("names the largest layers", () => {
    expect(overBudget(component(80e6), image)).toMatchInlineSnapshot(`
      "90.0 MB is more than its budget of 80.0 MB (image.maxSize in kitchen.yaml); its largest layers:
        60.0 MB  FROM base
        29.0 MB  RUN pip install
        1.0 kB  WORKDIR /a"
    `);
  });

  it("is kept by what is as big as it, and by everything when there is none", () => {
    expect(overBudget(component(90e6), image)).toBeUndefined();
    expect(overBudget(component(undefined), image)).toBeUndefined();
    expect([bytes(0), bytes(1_234_567), bytes(2.5e9)]).toEqual(["0.0 kB", "1.2 MB", "2.5 GB"]);
  });
});

describe("grype", () => {
  it("names package, version and what fixes it; the image's Dockerfile is the place", () => {
    const match = (id: string, severity: string, versions: string[]) => ({
      vulnerability: { id, severity, dataSource: `https://example.com/${id}`, fix: { versions } },
      artifact: { name: "openssl", version: "3.0" },
    });
    const text = JSON.stringify({
      matches: [match("CVE-1", "Critical", ["3.1"]), match("CVE-2", "Negligible", [])],
    });
    const found = readMatches(text, { name: "api", dockerfile: "services/api/Dockerfile" });
    expect(found.map(({ rule, level, message }) => `${rule} ${level} ${message}`)).toEqual([
      "CVE-1 error Critical in openssl 3.0 of image api, fixed in 3.1",
      "CVE-2 note Negligible in openssl 3.0 of image api, no fix yet",
    ]);
  });
});
