import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Secret } from "@dagger.io/dagger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PrometheusSettings } from "../src/config/rollout-metrics.ts";
import { percentile } from "../src/release/rollout/cohort.ts";
import { byPrometheus, cohortOf } from "../src/release/rollout/prometheus.ts";
import { MemoryEnvironment, releaseOf } from "./memory-environment.ts";
import { type Prometheus, startPrometheus } from "./prometheus-server.ts";

const [a, b] = [releaseOf("a"), releaseOf("b")];
const environment = new MemoryEnvironment();
const counts = { a: 0, b: 0 };
let services: Server[];
let prometheus: Prometheus;

/** A service that counts: its own requests a second, of which so many percent fail. */
function service(name: keyof typeof counts, bad: number): Promise<Server> {
  const server = createServer((_, answer) => {
    const all = counts[name];
    const failed = Math.floor((all * bad) / 100);
    const lines = [
      `seconds_bucket{le="0.1",status="200"} ${all - failed}`,
      `seconds_bucket{le="1.0",status="200"} ${all - failed}`,
      `seconds_bucket{le="+Inf",status="200"} ${all - failed}`,
      ...(failed > 0
        ? [
            `seconds_bucket{le="0.1",status="500"} 0`,
            `seconds_bucket{le="1.0",status="500"} ${failed}`,
            `seconds_bucket{le="+Inf",status="500"} ${failed}`,
          ]
        : []),
    ];
    answer.setHeader("Content-Type", "text/plain; version=0.0.4");
    answer.end(`${lines.join("\n")}\n`);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;
let beats: NodeJS.Timeout;

beforeAll(async () => {
  await environment.deploy(a.manifest);
  await environment.deploy(b.manifest);
  await environment.setWeights({ blue: 75, green: 25 });
  services = [await service("a", 0), await service("b", 10)];
  prometheus = await startPrometheus([
    {
      job_name: "service",
      static_configs: services.map((server, index) => ({
        targets: [`127.0.0.1:${portOf(server)}`],
        labels: { release: [a, b][index]?.digest, slot: ["blue", "green"][index] },
      })),
    },
  ]);
  beats = setInterval(() => {
    counts.a += 30;
    counts.b += 10;
  }, 100);
  // Until each has been scraped, with failures in it.
  for (let tries = 0; tries < 20; tries++) {
    const { green } = (await byPrometheus(environment, settings())(3)).slots;
    if (green?.cohort?.errors) return;
  }
  throw new Error("Prometheus does not see the services");
});
afterAll(() => {
  clearInterval(beats);
  prometheus?.stop();
  for (const each of services) each.close();
});

const of = 'release="$release"';
const settings = (change: Partial<PrometheusSettings> = {}): PrometheusSettings => ({
  url: prometheus.url,
  requests: `sum(increase(seconds_bucket{le="+Inf",${of}}[$window]))`,
  errors: `sum(increase(seconds_bucket{le="+Inf",status="500",${of}}[$window])) or vector(0)`,
  latency: `sum by (le) (increase(seconds_bucket{${of}}[$window]))`,
  ...change,
});
const measured = (change?: Partial<PrometheusSettings>) =>
  byPrometheus(environment, settings(change))(4);

describe("a step measured by Prometheus", () => {
  it("has the numbers of each version, of the window", async () => {
    const { seconds, slots } = await measured();
    const { blue, green } = slots;
    expect(seconds).toBeGreaterThanOrEqual(4);
    expect([blue?.release, blue?.weight, green?.release]).toEqual([a.digest, 75, b.digest]);
    expect(blue?.cohort?.errors).toBe(0);
    const { requests = 0, errors = 0 } = green?.cohort ?? {};
    // Three times as many went to the old version, and a tenth of the new one's failed.
    const ratio = (blue?.cohort?.requests ?? 0) / requests;
    expect(ratio).toBeGreaterThan(2);
    expect(ratio).toBeLessThan(4.5);
    expect(errors / requests).toBeCloseTo(0.1, 1);
    expect(Object.keys(green?.cohort?.latency ?? {}).sort()).toEqual(["+Inf", "0.1", "1"]);
    expect(green?.cohort && percentile(green.cohort, 95)).toBeGreaterThan(0.1);
  });

  it("says why the environment has taken the new version back by itself", async () => {
    const wentBack = "ECS went back: alarms were detected";
    const back = Object.assign(new MemoryEnvironment(), {
      current: async () => ({ ...(await environment.current()), wentBack }),
    });
    expect((await byPrometheus(back, settings())(1)).wentBack).toBe(wentBack);
  });

  it("knows nothing of either version where a number is missing, and says which", async () => {
    const by = 'slot="$slot"';
    const rows: (readonly [Partial<PrometheusSettings>, string])[] = [
      [{ errors: `sum(increase(nothing{${by}}[$window]))` }, "no series for errors"],
      [{ errors: `sum(increase(seconds_bucket{${by}}[$window])) * NaN` }, "errors is NaN"],
      [
        { requests: `increase(seconds_bucket{${by}}[$window])` },
        "6 series for requests, where one sum is needed",
      ],
      [
        { latency: `sum(increase(seconds_bucket{${by}}[$window]))` },
        "latency is no histogram of numbers by le",
      ],
      [{ latency: `sum by (le) (increase(nothing{${by}}[$window]))` }, "no series for latency"],
    ];
    const found = await Promise.all(rows.map(([change]) => measured(change)));
    expect(found.map(({ slots }) => slots.green?.lacks)).toEqual(rows.map(([, words]) => words));
    for (const { slots } of found) {
      expect(slots.green?.cohort).toEqual({ requests: 0, errors: 0, latency: {} });
    }
  });

  it("fails when the server does not understand the query, or is none", async () => {
    const url = `http://127.0.0.1:${portOf(services[0] as Server)}`;
    const rows: (readonly [Partial<PrometheusSettings>, RegExp])[] = [
      [{ requests: "sum(" }, /^Prometheus at http:\S+: .*parse error: .*: sum\($/u],
      [{ url }, /: status 200, and no vector of numbers: sum\(/u],
      [{ url: "http://127.0.0.1:1" }, /^Prometheus at http:\S+: it does not answer \(/u],
    ];
    await Promise.all(
      rows.map(([change, words]) => expect(measured(change)).rejects.toThrow(words)),
    );
  });

  it("gives the token to whoever asks for it", async () => {
    const said: (string | undefined)[] = [];
    const door = createServer((asked, answer) => {
      said.push(asked.headers.authorization);
      answer.statusCode = 401;
      answer.end('{"status":"error","error":"who are you?"}');
    });
    await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${portOf(door)}`;
    const token = { plaintext: async () => "planted\n" } as Secret;
    await expect(byPrometheus(environment, settings({ url }), token)(1)).rejects.toThrow(
      "who are you?",
    );
    expect(new Set(said)).toEqual(new Set(["Bearer planted"]));
    door.close();
  });
});

it("counts that Prometheus reckons are whole, and no error is without its request", () => {
  const one = (value: number, labels: Record<string, string> = {}) => [{ labels, value }];
  expect(cohortOf(one(9.6), one(10.2), one(9.6, { le: "+Inf" })).cohort).toEqual({
    ...{ requests: 10, errors: 10, latency: { "+Inf": 10 } },
  });
});
