import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { differencesOf } from "../src/release/differences.ts";
import { evidenceOf } from "../src/release/evidence.ts";
import { gapsOf } from "../src/release/gaps.ts";
import { registryOf } from "../src/release/make-release.ts";
import {
  canonicalJson,
  digestOf,
  type Manifest,
  manifestSchema,
  readManifest,
} from "../src/release/manifest.ts";
import { described, readPublished } from "../src/release/published-image.ts";
import { releaseText } from "../src/release/release-text.ts";
import { sampleRelease } from "./sample-release.ts";

const sha = (letter: string) => `sha256:${letter.repeat(64)}`;

describe("a release's canonical JSON", () => {
  it("is the same whatever the order of keys and lists", () => {
    const shuffled = fc.shuffledSubarray(Object.entries(sampleRelease), {
      minLength: Object.keys(sampleRelease).length,
    });
    const images = fc.shuffledSubarray(sampleRelease.images, { minLength: 2 });
    const evidence = fc.shuffledSubarray(sampleRelease.evidence, { minLength: 3 });
    fc.assert(
      fc.property(shuffled, images, evidence, (entries, first, second) => {
        const manifest = { ...Object.fromEntries(entries), images: first, evidence: second };
        expect(canonicalJson(manifest as Manifest)).toBe(canonicalJson(sampleRelease));
      }),
    );
  });

  it("is written as RFC 8785 says", () => {
    const text = canonicalJson({
      ...sampleRelease,
      authors: ["\u20ac$\u000f\nA'\u0042\u0022\u005c\\\"/"],
    });
    // Section 3.2.4's sample of a string.
    expect(text).toContain(`"authors":["\u20ac$\\u000f\\nA'B\\"\\\\\\\\\\"/"]`);
    expect(text).not.toMatch(/[{,:\]]\s/);
    expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(JSON.parse(text)).sort());
    expect(() => canonicalJson({ ...sampleRelease, authors: ["\ud800"] })).toThrow("surrogate");
  });

  it("is read back, and has one digest", () => {
    const text = canonicalJson(sampleRelease);
    expect(digestOf(text)).toMatchInlineSnapshot(
      `"sha256:cbddede773eded37342e595e8a1bb4ca219135f1e8afc0ea4dbe429c43940b10"`,
    );
    expect(canonicalJson(readManifest(text, digestOf(text)))).toBe(text);
  });

  it("is refused when a byte differs, when it is none, and when it is not canonical", () => {
    const text = canonicalJson(sampleRelease);
    const digest = digestOf(text);
    const at = fc.nat(text.length - 1);
    fc.assert(
      fc.property(at, fc.constantFrom("x", "7", " ", '"'), (index, letter) => {
        fc.pre(text[index] !== letter);
        const edited = text.slice(0, index) + letter + text.slice(index + 1);
        expect(() => readManifest(edited, digest)).toThrow(
          `what was found as release ${digest} has the digest`,
        );
      }),
    );
    expect(() => readManifest("<html>")).toThrow("is no JSON");
    expect(() => readManifest(JSON.stringify(sampleRelease, null, 2))).toThrow("not canonical");
    const wrong = JSON.stringify({ ...sampleRelease, format: "other", images: [{ name: "api" }] });
    expect(() => readManifest(wrong)).toThrowErrorMatchingInlineSnapshot(`
      [Error: release sha256:e426db540ee3f9292d8a75ec4ff61657c4f170a688c930be0b7bc142cad29926 is none:
      ✖ Invalid input: expected "kitchen/release/v1"
        → at format
      ✖ Invalid input: expected string, received undefined
        → at images[0].reference
      ✖ Invalid input: expected string, received undefined
        → at images[0].digest
      ✖ Invalid input: expected array, received undefined
        → at images[0].standIns]
    `);
  });
});

it("docs/release.schema.json is what manifest.ts says", async () => {
  const schema = z.toJSONSchema(manifestSchema, { target: "draft-7" });
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
    "../../docs/release.schema.json",
  );
});

it("a release for people", () => {
  expect(releaseText(sha("9"), sampleRelease, ["ci"])).toMatchInlineSnapshot(`
    "release    sha256:9999999999999999999999999999999999999999999999999999999999999999
    commit     cccccccccccccccccccccccccccccccccccccccc by ada@example.com, bob@example.com
    repository https://example.com/team/product
    image      registry.example.com/team/airflow@sha256:1111111111111111111111111111111111111111111111111111111111111111
    image      registry.example.com/team/api@sha256:2222222222222222222222222222222222222222222222222222222222222222
    DAGs       airflow sha256:3333333333333333333333333333333333333333333333333333333333333333
    Terraform  infra sha256:4444444444444444444444444444444444444444444444444444444444444444
    evidence   ci passed sha256:5555555555555555555555555555555555555555555555555555555555555555, not run: pip-audit api
    evidence   integrationTest failed sha256:6666666666666666666666666666666666666666666666666666666666666666
    evidence   loadTest inconclusive sha256:7777777777777777777777777777777777777777777777777777777777777777
               Latency: endpoint | p95
                 GET /orders | 120 ms
    It lacks, and an approval has to waive each by its name:
      integrationTest: its verdict is failed
      loadTest: its verdict is inconclusive
      stand-in:airflow: it was built on a stand-in for docker.io/library/python:3.13-slim-trixie
    "
  `);
});

describe("what a release lacks", () => {
  it("is a stage without a report, one that did not pass, an image on a stand-in", () => {
    expect(gapsOf(sampleRelease, ["ci", "smokeTest"])).toMatchInlineSnapshot(`
      [
        {
          "name": "smokeTest",
          "why": "the stage was not run: there is no report of it",
        },
        {
          "name": "integrationTest",
          "why": "its verdict is failed",
        },
        {
          "name": "loadTest",
          "why": "its verdict is inconclusive",
        },
        {
          "name": "stand-in:airflow",
          "why": "it was built on a stand-in for docker.io/library/python:3.13-slim-trixie",
        },
      ]
    `);
  });

  it("is nothing when the parts of ci stand for it", () => {
    const passed = (stage: string) => ({
      stage,
      verdict: "passed" as const,
      digest: sha("1"),
      notRun: [],
    });
    const release = {
      ...sampleRelease,
      images: [],
      evidence: ["lint", "typecheck", "securityScan", "unitTest"].map(passed),
    };
    expect(gapsOf(release, ["ci"])).toEqual([]);
    const without = { ...release, evidence: release.evidence.slice(1) };
    expect(gapsOf(without, ["ci"]).map(({ name }) => name)).toEqual(["lint"]);
    expect(gapsOf({ ...release, evidence: [] }, ["ci"]).map(({ name }) => name)).toEqual(["ci"]);
  });
});

it("differences name images that only the environment needs, too", () => {
  const support = [
    {
      name: "haproxy",
      reference: `example.com/haproxy@${sha("8")}`,
      digest: sha("8"),
      standIns: [],
    },
  ];
  const newer = [{ ...support[0], digest: sha("9") }] as typeof support;
  const lines = (one: object, other: object) =>
    differencesOf({ ...sampleRelease, ...one }, { ...sampleRelease, ...other }).filter((line) =>
      line.startsWith("image beside"),
    );
  expect(lines({ support }, { support: newer })).toEqual([
    `image beside haproxy: ${sha("8")} becomes ${sha("9")}`,
  ]);
  expect(lines({}, { support })).toEqual([`image beside haproxy: new, ${sha("8")}`]);
});

describe("evidence", () => {
  const run = { tool: "locust", target: "api", outcome: "clean", findings: [] };
  const report = { verdict: "passed", stage: "loadTest", accepted: [], runs: [run] };

  it("is verdict, digest, what was not run, and what was measured", () => {
    const tables = [{ title: "Latency", columns: ["p95"], rows: [["120 ms"]] }];
    const audit = { ...run, tool: "pip-audit", outcome: "not-run" };
    const text = JSON.stringify({ ...report, runs: [{ ...run, tables }, audit] });
    expect(evidenceOf("load.json", text)).toEqual({
      stage: "loadTest",
      verdict: "passed",
      digest: digestOf(text),
      notRun: ["pip-audit api"],
      tables,
    });
  });

  it("is no other file, and no report whose verdict was edited", () => {
    expect(evidenceOf("a.json", "{")).toContain("a.json: no JSON: ");
    expect(evidenceOf("a.json", "[]")).toMatchInlineSnapshot(
      `"a.json: no report of Kitchen (\`call reports STAGE json\` makes one): it: Invalid input: expected object, received array"`,
    );
    const failed = JSON.stringify({ ...report, runs: [{ ...run, outcome: "error" }] });
    expect(evidenceOf("a.json", failed)).toMatchInlineSnapshot(
      `"a.json: says passed, and what is in it says error: it was edited"`,
    );
  });
});

describe("published images", () => {
  const config = JSON.stringify({ config: { Labels: { "kitchen.stand-in": "a:1, b:2" } } });
  const manifest = JSON.stringify({ annotations: { "org.opencontainers.image.revision": "abc" } });
  const digest = digestOf(manifest);
  const image = { name: "api", reference: `example.com/team/api@${digest}`, digest };

  it("say what they are built on", () => {
    expect(described(image, { manifest, config }, "abc")).toEqual({
      ...image,
      standIns: ["a:1", "b:2"],
    });
    expect(described(image, { manifest, config: "{}" }, "abc")).toEqual({ ...image, standIns: [] });
  });

  it("are none of another commit, another digest, or another manifest", () => {
    expect(described(image, { manifest, config }, "def")).toBe(
      "api: it was made from abc, not from def",
    );
    expect(described({ ...image, digest: sha("0") }, { manifest, config }, "abc")).toContain(
      `api: its digest is given as ${sha("0")}, and as example.com`,
    );
    expect(described(image, { manifest: "{}", config }, "abc")).toContain("the registry gives");
  });

  it("are read from what publishing wrote, and nothing else", () => {
    expect(readPublished(JSON.stringify([{ ...image, size: 1 }]))).toEqual([image]);
    expect(() => readPublished("")).toThrow("published: no JSON");
    expect(() => readPublished("[]")).toThrow("not what `build-images publish … json` writes");
  });

  it("are all in one registry, which has the releases too", () => {
    const at = (name: string, place: string) => ({ name, reference: `${place}/${name}@${digest}` });
    expect(registryOf([at("api", "a.com/team"), at("airflow", "a.com/team")])).toBe("a.com/team");
    expect(() => registryOf([at("api", "a.com/t"), at("airflow", "b.com/t")])).toThrow(
      "the images are in several registries: a.com/t, b.com/t",
    );
    expect(() => registryOf([{ ...at("api", "a.com/t"), name: "web" }])).toThrow(
      "is no reference of an image called web",
    );
  });
});
