import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Ajv from "ajv-draft-04";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { describe, expect, it } from "vitest";
import {
  type Finding,
  findingsOf,
  type ReportData,
  type ToolRun,
  verdictOf,
} from "../src/report/finding.ts";
import { htmlReport } from "../src/report/html.ts";
import { ticks } from "../src/report/html-charts.ts";
import { escapeXml, junitReport } from "../src/report/junit.ts";
import { markdownReport } from "../src/report/markdown.ts";
import { sarifReport } from "../src/report/sarif.ts";
import { textReport } from "../src/report/text.ts";
import { everyKind, finding, run } from "./sample-report.ts";

const nothing = { stage: "lint", accepted: [], runs: [] };

describe("verdict", () => {
  const report = (...runs: Parameters<typeof run>[0][]) => ({
    ...nothing,
    runs: runs.map((fields) => run(fields)),
  });

  it("passes when everything is clean, or was not run for a reason that is shown", () => {
    expect(verdictOf(report({}, { outcome: "not-run", reason: "no network" }))).toBe("passed");
  });

  it("is no pass when no tool could be asked at all", () => {
    const asked = report({ outcome: "not-run", reason: "no advisory database" });
    expect(verdictOf(asked)).toBe("not-run");
    expect(htmlReport(asked)).toContain("No tool could be asked: nothing was looked at.");
  });

  it("fails on any finding", () => {
    expect(verdictOf(report({}, { outcome: "findings", findings: [finding()] }))).toBe("failed");
  });

  it("is an error when a tool could not do its work, whatever others found", () => {
    const found = { outcome: "findings", findings: [finding()] } as const;
    expect(verdictOf(report(found, { outcome: "error" }))).toBe("error");
  });

  it("is inconclusive, whatever was found, when what was measured says nothing", () => {
    const found = { outcome: "findings", findings: [finding()] } as const;
    const nothing = { outcome: "inconclusive", reason: "CPU" } as const;
    expect(verdictOf(report({}, nothing))).toBe("inconclusive");
    expect(verdictOf(report(found, nothing))).toBe("inconclusive");
    expect(verdictOf(report(nothing, { outcome: "error" }))).toBe("error");
  });

  it("does not count what the baseline accepts", () => {
    const found = report({ outcome: "findings", findings: [finding()] });
    expect(verdictOf({ ...found, accepted: ["f1"] })).toBe("passed");
    expect(verdictOf({ ...found, accepted: ["f2"] })).toBe("failed");
  });

  it("never takes an error for accepted", () => {
    const broken = report({ outcome: "error", findings: [finding()] });
    expect(verdictOf({ ...broken, accepted: ["f1"] })).toBe("error");
  });
});

describe("text", () => {
  it("has a line for each tool, what could not be done, and the findings, the worst first", () => {
    expect(textReport(everyKind)).toMatchInlineSnapshot(`
      "ci: error (4 findings, 1 accepted by the baseline)
        flake8     loadtest  ok                   1.3 s
        flake8     api       found    2 findings  1.3 s
        mypy       api       found    1 finding   1.3 s
        pytest     api       found    1 finding   1.3 s  3 tests, 87.5 % covered
        tflint     infra     ERROR                1.3 s
        pip-audit  api       not run              1.3 s  no advisory source is reachable

      ERROR tflint on infra: Failed to load TFLint config
          Failed to run in .
            on .tflint.hcl line 1

      services/api/src/a b\\n%<c>.py:3:1 error got "<script>alert(1)</script>", @someone [x](javascript:y) | \`z\`\\u0007 [mypy return-value]
      services/api/src/app.py:3:1 error 'os' imported but unused [flake8 F401]
      services/api/tests/test_a.py:5:1 error tests.test_a.test_bad: assert 1 == 2 [pytest failed]
      services/api/src/app.py:9:1 warning trailing whitespace [flake8 W291]"
    `);
  });

  it("cuts at 50 findings and counts the rest", () => {
    const findings = Array.from({ length: 53 }, (_, line) =>
      finding({ line: line + 1, fingerprint: `${line}` }),
    );
    const lines = textReport({ ...nothing, runs: [run({ outcome: "findings", findings })] });
    expect(lines.split("\n").slice(-2)).toMatchInlineSnapshot(`
      [
        "services/api/src/app.py:50:1 error 'os' imported but unused [flake8 F401]",
        "… and 3 more (see the report's files)",
      ]
    `);
  });

  it("says when there was nothing to look at", () => {
    expect(textReport(nothing)).toMatchInlineSnapshot(`
      "lint: passed (0 findings)
        there is no Python component, Terraform or Dockerfile here: nothing was looked at"
    `);
  });
});

describe("SARIF", () => {
  it("is valid against the published schema", () => {
    const require = createRequire(import.meta.url);
    const folder = require.resolve("@microsoft/jest-sarif").replace(/index\.js$/, "schemas");
    const schema = JSON.parse(readFileSync(`${folder}/sarif-2.1.0-rtm.5.json`, "utf8"));
    const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
    addFormats(ajv);
    const validate = ajv.compile(schema);
    for (const report of [everyKind, nothing]) {
      validate(JSON.parse(sarifReport(report)));
      expect(validate.errors ?? []).toEqual([]);
    }
    validate({ version: "2.1.0", runs: [{}] });
    expect(validate.errors).toHaveLength(1);
  });

  it("has what GitHub asks for beyond the schema", () => {
    const { runs } = JSON.parse(sarifReport(everyKind));
    expect(new Set(runs.map((each: SarifRun) => each.automationDetails.id)).size).toBe(runs.length);
    for (const { results, tool } of runs as SarifRun[]) {
      for (const result of results) {
        const { artifactLocation, region } = result.locations[0]?.physicalLocation ?? {};
        expect(artifactLocation?.uri).toMatch(/^[A-Za-z0-9/._~%-]+$/);
        expect(region?.startLine).toBeGreaterThan(0);
        expect(Object.keys(result.partialFingerprints)).toEqual(["kitchen/v1"]);
        expect(tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId);
      }
    }
  });

  it("keeps what the baseline accepts as suppressed", () => {
    const { runs } = JSON.parse(sarifReport(everyKind));
    const results = (runs as SarifRun[]).flatMap((each) => each.results);
    expect(results.map(({ ruleId, suppressions }) => `${ruleId} ${suppressions.length}`)).toEqual([
      "W291 0",
      "F401 0",
      "E501 1",
      "return-value 0",
      "failed 0",
    ]);
  });

  it("says which tools could not do their work", () => {
    const { runs } = JSON.parse(sarifReport(everyKind));
    const done = (runs as SarifRun[]).map(({ tool, invocations }) => [
      tool.driver.name,
      invocations.every(({ executionSuccessful }) => executionSuccessful),
    ]);
    expect(Object.fromEntries(done)).toEqual({
      flake8: true,
      mypy: true,
      pytest: true,
      tflint: false,
      "pip-audit": false,
    });
  });
});

interface SarifRun {
  automationDetails: { id: string };
  tool: { driver: { name: string; rules: { id: string }[] } };
  invocations: { executionSuccessful: boolean }[];
  results: {
    ruleId: string;
    ruleIndex: number;
    suppressions: object[];
    partialFingerprints: object;
    locations: {
      physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } };
    }[];
  }[];
}

describe("JUnit", () => {
  it("is well-formed, counts right and loses no text but what XML cannot hold", () => {
    const xml = junitReport(everyKind);
    expect(XMLValidator.validate(xml)).toBe(true);
    expect(xml).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="ci">
        <testsuite name="flake8 loadtest" tests="1" failures="0" errors="0" skipped="0" time="1.250">
          <testcase classname="flake8" name="flake8 loadtest" time="1.250"/>
        </testsuite>
        <testsuite name="flake8 api" tests="2" failures="2" errors="0" skipped="0" time="1.250">
          <testcase classname="flake8.W291" name="services/api/src/app.py:9:1" time="0.000"><failure message="services/api/src/app.py:9:1 warning trailing whitespace">services/api/src/app.py:9:1 warning trailing whitespace</failure></testcase>
          <testcase classname="flake8.F401" name="services/api/src/app.py:3:1" time="0.000"><failure message="services/api/src/app.py:3:1 error &apos;os&apos; imported but unused">services/api/src/app.py:3:1 error &apos;os&apos; imported but unused</failure></testcase>
        </testsuite>
        <testsuite name="mypy api" tests="1" failures="1" errors="0" skipped="0" time="1.250">
          <testcase classname="mypy.return-value" name="services/api/src/a b&#10;%&lt;c&gt;.py:3:1" time="0.000"><failure message="services/api/src/a b">services/api/src/a b
      %&lt;c&gt;.py:3:1 error got &quot;&lt;script&gt;alert(1)&lt;/script&gt;&quot;, @someone [x](javascript:y) | \`z\`�</failure></testcase>
        </testsuite>
        <testsuite name="pytest api" tests="3" failures="1" errors="0" skipped="1" time="1.250">
          <testcase classname="tests.test_a" name="test_ok" time="0.500"/>
          <testcase classname="tests.test_a" name="test_bad[&lt;&amp;&quot;&apos;]" time="0.250"><failure message="assert 1 == 2">assert 1 == 2
      ]]&gt; &amp; more</failure></testcase>
          <testcase classname="tests.test_a" name="test_later" time="0.000"><skipped message=""/></testcase>
        </testsuite>
        <testsuite name="tflint infra" tests="1" failures="0" errors="1" skipped="0" time="1.250">
          <testcase classname="tflint" name="tflint infra" time="1.250"><error message="Failed to load TFLint config">Failed to load TFLint config
      Failed to run in .
        on .tflint.hcl line 1</error></testcase>
        </testsuite>
        <testsuite name="pip-audit api" tests="1" failures="0" errors="0" skipped="1" time="1.250">
          <testcase classname="pip-audit" name="pip-audit api" time="0.000"><skipped message="no advisory source is reachable"/></testcase>
        </testsuite>
      </testsuites>
      "
    `);
  });

  it("reads back as it was written", () => {
    const reader = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: "",
      isArray: (name) => name === "testsuite" || name === "testcase",
    });
    const { testsuite } = reader.parse(junitReport(everyKind)).testsuites;
    const pytest = testsuite.find(({ name }: { name: string }) => name === "pytest api");
    expect(pytest.testcase[1].name).toBe("test_bad[<&\"']");
    expect(pytest.testcase[1].failure["#text"]).toBe("assert 1 == 2\n]]> & more");
  });
});

describe("Markdown", () => {
  it("shows text of tools as text: no mention, no link, no markup", () => {
    expect(markdownReport(everyKind)).toMatchInlineSnapshot(`
      "## ci: error

      | | tool | on | findings | time | |
      |---|---|---|---:|---:|---|
      | ✅ | \`flake8 7.5.0\` | \`loadtest\` | 0 | 1.3 s |  |
      | ❌ | \`flake8 7.5.0\` | \`api\` | 2 | 1.3 s |  |
      | ❌ | \`mypy 2.4.1\` | \`api\` | 1 | 1.3 s |  |
      | ❌ | \`pytest 9.2.0\` | \`api\` | 1 | 1.3 s | 3 tests, 87.5 % covered |
      | 💥 | \`tflint 0.64.0\` | \`infra\` | 0 | 1.3 s | \`Failed to load TFLint config\` |
      | ⏭️ | \`pip-audit 2.10.1\` | \`api\` | 0 | 1.3 s | \`no advisory source is reachable\` |

      - \`services/api/src/a b %<c>.py:3:1\` error \`\` got "<script>alert(1)</script>", @someone [x](javascript:y) | \`z\`\\u{7} \`\` \`mypy return-value\`
      - \`services/api/src/app.py:3:1\` error \`'os' imported but unused\` \`flake8 F401\`
      - \`services/api/tests/test_a.py:5:1\` error \`tests.test_a.test_bad: assert 1 == 2\` \`pytest failed\`
      - \`services/api/src/app.py:9:1\` warning \`trailing whitespace\` \`flake8 W291\`
      "
    `);
  });

  const dangerous = fc.oneof(
    fc.constantFrom(
      ..."`|\\<>[]()*_~#!@&$^-+.:;/\n\t \r\u2028\u202e",
      ...["@someone", "#12", "GH-12", "https://evil.example", "www.evil.example", "a@b.example"],
      ...[
        "<img src=x>",
        "<!--",
        "-->",
        "</details>",
        "[x](javascript:y)",
        "![x](y)",
        "\\|",
        "``",
        "```",
      ],
      ...[
        "| --- |",
        "&#64;",
        "&lt;",
        ":tada:",
        "- [ ] ",
        "\n\n# x",
        "a/b#1",
        "0".repeat(40),
        "\ud800",
      ],
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const text = fc.array(dangerous, { maxLength: 12 }).map((parts) => parts.join(""));
  const reports = fc.record({ message: text, path: text, rule: text, reason: text, target: text });

  it("is, as GitHub's Markdown, the same tags whatever tools say, and their words are in code", () => {
    fc.assert(
      fc.property(reports, ({ message, path, rule, reason, target }) => {
        const report = (fields: Partial<Finding>, more: Partial<ToolRun>, word = "x") => {
          const tables = [{ title: word, columns: ["", word], rows: [[word, "12 ms"]] }];
          const found = { outcome: "findings", findings: [finding(fields)] } as const;
          return rendered({ ...nothing, runs: [run({ ...found, tables, ...more })] });
        };
        const said = report(
          { message, path, rule },
          { reason: `why ${reason}`, target, version: rule },
          message,
        );
        const plain = report({}, { reason: "why" });
        const tags = (html: string) => html.replace(/<code>[^<]*<\/code>/gu, "<code>");
        expect(tags(said)).toBe(tags(plain));
      }),
      { numRuns: 200 },
    );
  });

  it("shows what a tool said, but for spaces and what cannot be seen", () => {
    const message = "a `b` | c \\| <b>d</b> @e\u202e &#64; ``";
    const html = rendered({
      ...nothing,
      runs: [run({ outcome: "findings", findings: [finding({ message })] })],
    });
    const shown = "a `b` | c \\| <b>d</b> @e\\u{202e} &#64; ``";
    expect(html).toContain(`<code>${escapeXml(shown)}</code>`);
  });

  it("stays below what GitHub takes, and counts what it left out", () => {
    const message = "🥘".repeat(300);
    const many = Array.from({ length: 3000 }, (_, index) =>
      finding({ message, fingerprint: `${index}` }),
    );
    const runs = Array.from({ length: 2000 }, () => run({ target: "t".repeat(400) }));
    const findings = markdownReport({
      ...nothing,
      runs: [run({ outcome: "findings", findings: many })],
    });
    expect(Buffer.byteLength(findings)).toBeLessThanOrEqual(65_535);
    const listed = findings.match(/^- /gmu)?.length ?? 0;
    expect(listed).toBeGreaterThan(40);
    expect(findings).toContain(`… and ${3000 - listed} more.`);
    const long = markdownReport({ ...nothing, runs }, { after: "[the whole report](x)" });
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(65_535);
    expect(long).toMatch(/… and \d+ more runs\.\n\n\[the whole report\]\(x\)\n$/u);
  });
});

/** As GitHub shows it, with whatever HTML there is in it. */
function rendered(report: ReportData): string {
  return micromark(markdownReport(report), {
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  });
}

describe("HTML", () => {
  it("holds no markup from tools, no script and nothing to load", () => {
    const html = htmlReport(everyKind);
    expect(html).not.toMatch(/<script|javascript:[^y]|src=|<link|url\(|@import/i);
    expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect([...html.matchAll(/href="([^"]*)"/g)].map(([, address]) => address)).toEqual([
      "https://flake8.example/F401?a=1&amp;b=2",
    ]);
  });

  it("counts what counts", () => {
    const html = htmlReport(everyKind);
    const tiles = [...html.matchAll(/<li><strong>(\d+)<\/strong> ([^<]+)/g)];
    expect(tiles.map(([, number, what]) => `${number} ${what}`)).toMatchInlineSnapshot(`
      [
        "3 errors",
        "1 warning",
        "1 accepted by the baseline",
        "1 test passed",
        "1 test skipped",
        "4 runs of tools",
        "1 run broken",
        "1 not run",
      ]
    `);
  });
});

describe("measurements", () => {
  const measuring = {
    ...nothing,
    stage: "loadTest",
    runs: [
      run({
        tool: "locust",
        outcome: "inconclusive",
        reason: "the load generator used 97 % of a core",
        tables: [
          {
            title: "endpoint",
            columns: ["endpoint", "requests", "p95"],
            rows: [
              ["GET /<a>", "1,200", "12 ms"],
              ["all", "3", "1,234 ms"],
            ],
          },
        ],
        charts: [
          {
            title: "Latency <of all>",
            unit: "ms",
            warmUp: 2,
            limit: { name: "p95 < 40 ms", value: 40 },
            curves: [
              {
                name: "p95",
                points: [
                  [0, 10],
                  [5, 50],
                ],
              },
              { name: "p50", points: [[1, 5]] },
            ],
          },
        ],
      }),
    ],
  };

  it("are tables in text and Markdown; why they say nothing is there too", () => {
    expect(textReport(measuring)).toMatchInlineSnapshot(`
      "loadTest: inconclusive (0 findings)
        locust  api  INCONCLUSIVE    1.3 s

        endpoint  requests       p95
        GET /<a>     1,200     12 ms
        all              3  1,234 ms

      INCONCLUSIVE locust on api: the load generator used 97 % of a core"
    `);
    expect(markdownReport(measuring)).toMatchInlineSnapshot(`
      "## loadTest: inconclusive

      | | tool | on | findings | time | |
      |---|---|---|---:|---:|---|
      | ❔ | \`locust 7.5.0\` | \`api\` | 0 | 1.3 s | \`the load generator used 97 % of a core\` |

      | \`endpoint\` | \`requests\` | \`p95\` |
      |---|---:|---:|
      | \`GET /<a>\` | 1,200 | 12 ms |
      | \`all\` | 3 | 1,234 ms |
      "
    `);
    expect(junitReport(measuring)).toContain('<error message="the load generator used 97 % of');
    const [only] = JSON.parse(sarifReport(measuring)).runs;
    expect(only.invocations[0]).toMatchObject({
      executionSuccessful: false,
      toolExecutionNotifications: [{ level: "error" }],
    });
  });

  it("are drawn in HTML: every curve and limit inside the plot, text escaped", () => {
    const html = htmlReport(measuring);
    expect(html).not.toMatch(/<script|NaN|Infinity|<of all>|<a>/);
    expect(html).toContain("&lt;of all&gt;");
    const svg = /<svg[\s\S]*?<\/svg>/.exec(html)?.[0] ?? "";
    expect(XMLValidator.validate(svg)).toBe(true);
    expect(svg).toMatchInlineSnapshot(`
      "<svg viewBox="0 0 1100 260" role="img" aria-label="Latency &lt;of all&gt;, ms">
      <rect class="warm-up" x="64" y="14" width="410.4" height="214"/>
      <text x="70" y="30">warm-up</text>
      <line class="grid" x1="64" x2="1090" y1="228" y2="228"/><text x="56" y="232" text-anchor="end">0</text>
      <line class="grid" x1="64" x2="1090" y1="156.7" y2="156.7"/><text x="56" y="160.7" text-anchor="end">20</text>
      <line class="grid" x1="64" x2="1090" y1="85.3" y2="85.3"/><text x="56" y="89.3" text-anchor="end">40</text>
      <line class="grid" x1="64" x2="1090" y1="14" y2="14"/><text x="56" y="18" text-anchor="end">60</text>
      <text x="64" y="248" text-anchor="middle">0 s</text>
      <text x="474.4" y="248" text-anchor="middle">2 s</text>
      <text x="884.8" y="248" text-anchor="middle">4 s</text>
      <path class="curve-0" d="M64 192.3L1090 49.7"/>
      <path class="curve-1" d="M269.2 210.2h4"/>
      <line class="limit" x1="64" x2="1090" y1="85.3" y2="85.3"/><text class="limit" x="1090" y="80.3" text-anchor="end">p95 &lt; 40 ms</text>
      </svg>"
    `);
  });

  it("have axes of few round numbers that reach the highest value", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (highest) => {
        const values = ticks(highest);
        expect(values[0]).toBe(0);
        expect(values.length).toBeGreaterThan(1);
        expect(values.length).toBeLessThanOrEqual(6);
        const [below = 0, top = 0] = values.slice(-2);
        expect(top).toBeGreaterThanOrEqual(highest * (1 - 1e-9));
        expect(below).toBeLessThan(highest);
      }),
    );
  });
});

it("findings are ordered: worst first, then by place", () => {
  const places = findingsOf(everyKind).map(({ level, path, line }) => `${level} ${path}:${line}`);
  expect(places).toMatchInlineSnapshot(`
    [
      "error services/api/src/a b
    %<c>.py:3",
      "error services/api/src/app.py:3",
      "error services/api/tests/test_a.py:5",
      "warning services/api/src/app.py:9",
    ]
  `);
});
