import { describe, expect, it } from "vitest";
import { z } from "zod";
import { configSchema } from "../src/config/schema.ts";
import { ConfigError, readConfig } from "../src/config.ts";

const paths = [
  "services/api/pyproject.toml",
  "services/api/Dockerfile",
  "services/api/tests/samples/broken/pyproject.toml",
  "services/etl/pyproject.toml",
  "services/etl/worker.Dockerfile",
  "infra/modules/network/main.tf",
  "infra/environments/local/main.tf",
  "tools/dns/zones/main.tf",
  "pyproject.toml",
];

function mistakesIn(text: string): string {
  try {
    readConfig(text, paths);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "no mistakes";
}

const built = (build: boolean) => ({ build, maxSize: undefined });

describe("what is deployed, and where to", () => {
  const text = `components:
  api:
    path: services/api
    deploy:
      as: service
      port: 9000
      migrate: [migrate]
  etl:
    path: services/etl
    deploy:
      as: airflow
environments:
  staging:
    deploy:
      kind: docker
      address: 0.0.0.0:80
      drainTimeout: 10s
  production:
    deploy:
      kind: ecs
      region: eu-central-1
      cluster: kitchen-production
      service: kitchen-production-api
      bucket: kitchen-production-artifacts
      address: https://example.com/
  old:
    deploy:
      kind: app-runner
      region: eu-central-1
      service: kitchen-old
      bucket: kitchen-old-artifacts
      registry: 123456789012.dkr.ecr.eu-central-1.amazonaws.com/team
      airflow: { kind: mwaa, environment: flow }
`;

  it("has defaults for what is not said", () => {
    const { components, hosts, integrationTest } = readConfig(text, paths);
    expect(integrationTest).toMatchObject({ service: "api", airflow: "etl" });
    expect(components.map(({ deploy }) => deploy)).toMatchInlineSnapshot(`
      [
        {
          "as": "service",
          "env": {},
          "health": "/healthz",
          "histogram": "http_request_duration_seconds",
          "metrics": "/metrics",
          "migrate": [
            "migrate",
          ],
          "models": "/model",
          "operations": [],
          "port": 9000,
          "probes": [],
          "version": "/version",
        },
        {
          "as": "airflow",
          "env": {},
          "models": "/model",
          "runs": "/opt/airflow/runs",
        },
      ]
    `);
    expect(hosts).toMatchInlineSnapshot(`
      [
        {
          "address": "0.0.0.0:80",
          "airflow": undefined,
          "drainTimeout": 10,
          "kind": "docker",
          "name": "staging",
          "startTimeout": 180,
        },
        {
          "address": "https://example.com",
          "airflow": undefined,
          "bucket": "kitchen-production-artifacts",
          "cluster": "kitchen-production",
          "drainTimeout": 30,
          "kind": "ecs",
          "name": "production",
          "region": "eu-central-1",
          "resolution": 60,
          "service": "kitchen-production-api",
          "startTimeout": 600,
          "strategy": undefined,
          "tasks": 2,
        },
        {
          "address": undefined,
          "airflow": {
            "environment": "flow",
            "folder": "dags",
            "kind": "mwaa",
            "plugins": null,
            "requirements": null,
            "updateTimeout": 3600,
          },
          "bucket": "kitchen-old-artifacts",
          "kind": "app-runner",
          "migrations": undefined,
          "name": "old",
          "region": "eu-central-1",
          "registry": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team",
          "resolution": 60,
          "service": "kitchen-old",
          "startTimeout": 1200,
        },
      ]
    `);
  });

  it("names what is wrong with its line, and what was meant", () => {
    const wrong = text
      .replace("port: 9000", "prot: 9000")
      .replace("as: airflow", "as: airflw")
      .replace("0.0.0.0:80", "localhost:80")
      .replace("region: eu-central-1", "region: Frankfurt")
      .replace("amazonaws.com/team", "amazonaws.com/team@sha256:0")
      .replace("kind: mwaa", "kind: mwa")
      .replace("drainTimeout", "drainTimout");
    expect(mistakesIn(wrong)).toMatchInlineSnapshot(`
      "kitchen.yaml:6:7 unknown key prot (did you mean port?)
      kitchen.yaml:11:7 components.etl.deploy.as: as: "service" or "airflow", not "airflw"
      kitchen.yaml:16:7 environments.staging.deploy.address: an address such as 127.0.0.1:8080, not "localhost:80"
      kitchen.yaml:17:7 unknown key drainTimout (did you mean drainTimeout?)
      kitchen.yaml:21:7 environments.production.deploy.region: a region such as eu-central-1, not "Frankfurt"
      kitchen.yaml:32:7 environments.old.deploy.registry: an address in ECR, not "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team@sha256:0"
      kitchen.yaml:33:18 environments.old.deploy.airflow.kind: kind: "mwaa", not "mwa""
    `);
  });
});

describe("without kitchen.yaml", () => {
  it("finds the parts of the repository", () => {
    expect(readConfig(undefined, paths)).toMatchObject({
      components: [
        { name: "api", path: "services/api", coverage: undefined, image: built(true) },
        { name: "etl", path: "services/etl", coverage: undefined, image: built(false) },
      ],
      hosts: [],
      terraform: ["infra", "tools/dns/zones"],
      environments: [
        {
          name: "local",
          path: "infra/environments/local",
          varFiles: [],
          protected: [],
          lockTimeout: 60,
          state: undefined,
          policy: {},
        },
      ],
      dockerfiles: ["services/api", "services/etl"],
      baseline: undefined,
      integrationTest: {
        service: undefined,
        airflow: undefined,
        dag: undefined,
        tests: undefined,
        env: {},
      },
      loadTest: {
        locustfile: undefined,
        users: 10,
        spawnRate: 10,
        duration: 60,
        warmUp: undefined,
        thresholds: [],
        maxRegression: 10,
      },
      timeouts: {
        images: 900,
        integrationTest: 900,
        lint: 900,
        typecheck: 900,
        securityScan: 900,
        terraform: 3600,
        unitTest: 900,
      },
    });
  });

  it("builds an image of what has a Dockerfile, and of what kitchen.yaml does not except", () => {
    const text =
      "components:\n  a:\n    path: a\n    image: false\n  b:\n    path: b\n    image:\n      maxSize: 1.5MB\n";
    const { components } = readConfig(text, ["a/pyproject.toml", "b/pyproject.toml"]);
    expect(components.map(({ image }) => image)).toEqual([
      { build: false, maxSize: undefined },
      { build: true, maxSize: 1_500_000 },
    ]);
    expect(() => readConfig(text.replace("1.5MB", "big"), ["a/pyproject.toml"])).toThrow(
      "kitchen.yaml:8:7 components.b.image",
    );
  });

  it("takes a package at the root when there is no other", () => {
    const { components, terraform } = readConfig(undefined, ["pyproject.toml", "main.tf"]);
    expect(components).toEqual([
      { name: ".", path: ".", coverage: undefined, image: built(false) },
    ]);
    expect(terraform).toEqual(["."]);
  });

  it("tells components of one name apart by their paths", () => {
    const { components } = readConfig(undefined, ["a/x/pyproject.toml", "b/x/pyproject.toml"]);
    expect(components.map(({ name }) => name)).toEqual(["a/x", "b/x"]);
  });
});

describe("environments", () => {
  const text = [
    "repository: https://example.com/shop",
    "policy: { regions: [eu-central-1], requiredTags: [team] }",
    "environments:",
    "  local: { path: infra/environments/local/ }",
    "  other:",
    "    path: ./tools/dns/zones",
    "    varFiles: [tools/dns/zones/small.tfvars]",
    "    protected: ['aws_db_instance.*']",
    "    lockTimeout: 5m",
    "    state: dns",
    "    policy: { regions: [us-east-1] }",
  ].join("\n");

  it("are what kitchen.yaml says, with rules of their own in place of the common ones", () => {
    expect(readConfig(text, paths).environments).toEqual([
      {
        name: "local",
        path: "infra/environments/local",
        varFiles: [],
        protected: [],
        lockTimeout: 60,
        state: "https://example.com/shop local",
        policy: { regions: ["eu-central-1"], requiredTags: ["team"] },
      },
      {
        name: "other",
        path: "tools/dns/zones",
        varFiles: ["tools/dns/zones/small.tfvars"],
        protected: ["aws_db_instance.*"],
        lockTimeout: 300,
        state: "dns",
        policy: { regions: ["us-east-1"], requiredTags: ["team"] },
      },
    ]);
  });

  it("have a root module, and keys that are known", () => {
    const wrong = [
      "environments:",
      "  local:",
      "    path: infra",
      "    protcted: []",
      "    policy: { regoins: [] }",
      "polcy: {}",
    ].join("\n");
    expect(mistakesIn(wrong)).toMatchInlineSnapshot(`
      "kitchen.yaml:4:5 unknown key protcted (did you mean protected?)
      kitchen.yaml:5:15 unknown key regoins (did you mean regions?)
      kitchen.yaml:6:1 unknown key polcy (did you mean policy?)"
    `);
    expect(mistakesIn("environments:\n  local:\n    path: infra\n")).toMatchInlineSnapshot(
      `"kitchen.yaml:3:5 infra: there are no *.tf files in infra in the source"`,
    );
  });
});

describe("rollout", () => {
  const limits =
    "  limits: { errorRate: 2, errorIncrease: 1, percentile: 95, latency: 0.5, latencyIncrease: 30 }";
  const rollout = (...lines: string[]) => ["rollout:", limits, ...lines].join("\n");

  it("is complete with its limits, in seconds", () => {
    expect(readConfig(rollout(), paths).rollout).toEqual({
      steps: [5, 25, 50, 100].map((weight) => ({ weight, soak: 300, requests: 500 })),
      limits: {
        ...{ errorRate: 2, errorIncrease: 1, percentile: 95, latency: 0.5, latencyIncrease: 30 },
      },
      ...{ confidence: 95, patience: 3, watch: 900, errors: 3 },
    });
    const said = rollout(
      "  watch: 10m",
      "  steps: [{ weight: 10, soak: 90s, requests: 50 }, { weight: 100, soak: 1h, requests: 1 }]",
    );
    expect(readConfig(said, paths).rollout).toMatchObject({
      steps: [{ soak: 90 }, { soak: 3600 }],
      watch: 600,
    });
    expect(readConfig("", paths).rollout).toBeUndefined();
  });

  it("names each mistake with its place", () => {
    expect(mistakesIn("rollout: {}\n")).toMatchInlineSnapshot(
      `"kitchen.yaml:1:1 rollout.limits: needed: what the new version must not exceed"`,
    );
    const steps = rollout(
      "  steps:",
      "    - { weight: 50, soak: 0s, requests: 0 }",
      "    - { weight: 25, soak: 5 minutes, requests: 10 }",
      "    - { wieght: 150, soak: 1m, requests: 10 }",
      "  confidence: 100",
      "  patience: 1.5",
      "  wach: 10m",
    );
    expect(mistakesIn(steps)).toMatchInlineSnapshot(`
      "kitchen.yaml:4:21 rollout.steps.0.soak: a duration such as 90s, 10m or 1h, longer than nothing, not "0s"
      kitchen.yaml:4:31 rollout.steps.0.requests: 1 or more, not 0
      kitchen.yaml:5:21 rollout.steps.1.soak: a duration such as 90s, 10m or 1h, longer than nothing, not "5 minutes"
      kitchen.yaml:6:7 rollout.steps.2.weight: a whole number is needed
      kitchen.yaml:6:9 unknown key wieght (did you mean weight?)
      kitchen.yaml:7:3 rollout.confidence: less than 100, not 100
      kitchen.yaml:8:3 rollout.patience: a whole number is needed, not 1.5
      kitchen.yaml:9:3 unknown key wach (did you mean watch?)"
    `);
    const wrong = [
      "rollout:",
      "  limits: { errorRate: 0, errorIncrease: 100, percentil: 95, latency: fast }",
      "  steps: [{ weight: 25, soak: 1m, requests: 1 }, { weight: 25, soak: 1m, requests: 1 }]",
    ];
    expect(mistakesIn(wrong.join("\n"))).toMatchInlineSnapshot(`
      "kitchen.yaml:2:3 rollout.limits.percentile: a whole number is needed
      kitchen.yaml:2:3 rollout.limits.latencyIncrease: a number is needed
      kitchen.yaml:2:13 rollout.limits.errorRate: more than 0, not 0
      kitchen.yaml:2:27 rollout.limits.errorIncrease: less than 100, not 100
      kitchen.yaml:2:47 unknown key percentil (did you mean percentile?)
      kitchen.yaml:2:62 rollout.limits.latency: a number is needed, not "fast"
      kitchen.yaml:3:52 rollout.steps.1.weight: more than 25, the weight before it, not 25
      kitchen.yaml:3:52 rollout.steps.1.weight: 100 in the last step, not 25"
    `);
    // All at once, as App Runner does it: what cannot is told by preflight.
    expect(mistakesIn(rollout("  steps: [{ weight: 100, soak: 1m, requests: 1 }]"))).toBe(
      "no mistakes",
    );
    expect(
      mistakesIn(
        rollout(
          "  steps: [{ weight: 50, soak: 1m, requests: 1 }, { weight: 120, soak: 1m, requests: 1 }]",
        ),
      ),
    ).toMatchInlineSnapshot(`
      "kitchen.yaml:3:52 rollout.steps.1.weight: 1 to 100, not 120
      kitchen.yaml:3:52 rollout.steps.1.weight: 100 in the last step, not 120"
    `);
    const metrics = rollout(
      "  metrics:",
      "    prometheus: { url: prometheus, requests: 'up', errors: 'x{slot=\"$slot\"}', latency: '$release[$window]' }",
    );
    expect(mistakesIn(metrics)).toMatchInlineSnapshot(`
      "kitchen.yaml:4:19 rollout.metrics.prometheus.url: an address such as https://prometheus.example.com, not "prometheus"
      kitchen.yaml:4:36 rollout.metrics.prometheus.requests: needs $window: the time that is looked at, not "up"
      kitchen.yaml:4:36 rollout.metrics.prometheus.requests: needs $release or $slot: else both versions have one number, not "up"
      kitchen.yaml:4:52 rollout.metrics.prometheus.errors: needs $window: the time that is looked at, not "x{slot=\\"$slot\\"}""
    `);
    expect(mistakesIn(rollout("  metrics: {}"))).toMatchInlineSnapshot(
      `"kitchen.yaml:3:3 rollout.metrics.prometheus: needed: url, requests, errors and latency"`,
    );
    expect(mistakesIn(rollout("  steps: []"))).toMatchInlineSnapshot(
      `"kitchen.yaml:3:3 rollout.steps: one step at least"`,
    );
  });
});

describe("kitchen.yaml", () => {
  it("wins over what is detected, part by part", () => {
    const text = [
      "components:",
      "  api: { path: ./services/api/, coverage: 90 }",
      "stages:",
      "  unitTest: { timeout: 2h }",
      "  lint: { timeout: 90s }",
      "baseline: accepted.json",
    ].join("\n");
    expect(readConfig(text, paths)).toMatchObject({
      components: [{ name: "api", path: "services/api", coverage: 90 }],
      terraform: ["infra", "tools/dns/zones"],
      baseline: "accepted.json",
      timeouts: { images: 900, lint: 90, typecheck: 900, securityScan: 900, unitTest: 7200 },
    });
  });

  it("may be empty", () => {
    expect(readConfig("# nothing yet\n", paths).components).toHaveLength(2);
  });

  it("names every mistake with its place, its value and what was meant", () => {
    const text = [
      "componets: {}",
      "components:",
      "  API: { path: services/api }",
      "  etl:",
      "    path: services/etl",
      "    coverge: 80",
      "    coverage: 800",
      "stages:",
      "  unitTests: {}",
      "  lint:",
      "    timeout: 5 minutes",
      "terraform: infra",
    ].join("\n");
    expect(mistakesIn(text)).toMatchInlineSnapshot(`
      "kitchen.yaml:1:1 unknown key componets (did you mean components?)
      kitchen.yaml:3:3 name API: use lower-case letters, digits and -
      kitchen.yaml:6:5 unknown key coverge (did you mean coverage?)
      kitchen.yaml:7:5 components.etl.coverage: Too big: expected number to be <=100, not 800
      kitchen.yaml:9:3 unknown key unitTests (did you mean unitTest?)
      kitchen.yaml:11:5 stages.lint.timeout: a duration such as 90s, 10m or 1h, not "5 minutes"
      kitchen.yaml:12:1 terraform: Invalid input: expected array, received string, not "infra""
    `);
  });

  it("says which folder is missing", () => {
    const text = "components:\n  api:\n    path: services/ipa\nterraform: [infra, cloud]\n";
    expect(mistakesIn(text)).toMatchInlineSnapshot(`
      "kitchen.yaml:3:5 services/ipa: there is no services/ipa/pyproject.toml in the source
      kitchen.yaml:4:20 cloud: there are no *.tf files below cloud in the source"
    `);
  });

  it("says where YAML ends to be YAML", () => {
    expect(mistakesIn("components:\n  api: [\n")).toMatchInlineSnapshot(
      `"kitchen.yaml:3:1 Flow sequence in block collection must be sufficiently indented and end with a ]"`,
    );
    expect(mistakesIn("baseline: a\nbaseline: b\n")).toMatchInlineSnapshot(
      `"kitchen.yaml:2:1 Map keys must be unique"`,
    );
  });

  it("is a map", () => {
    expect(mistakesIn("- api\n")).toMatchInlineSnapshot(
      `"kitchen.yaml:1:1 Invalid input: expected object, received array"`,
    );
    expect(mistakesIn("just words\n")).toMatchInlineSnapshot(
      `"kitchen.yaml:1:1 Invalid input: expected object, received string, not "just words""`,
    );
  });
});

/** Written anew by `npx vitest run .dagger/tests/config.test.ts -u`. */
it("docs/kitchen.schema.json is what config.ts says", async () => {
  const schema = z.toJSONSchema(configSchema, { target: "draft-7", io: "input" });
  await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(
    "../../docs/kitchen.schema.json",
  );
});
