import type { Manifest } from "../src/release/manifest.ts";

const sha = (letter: string) => `sha256:${letter.repeat(64)}`;

/** A release with something of everything. */
export const sampleRelease: Manifest = {
  format: "kitchen/release/v1",
  repository: "https://example.com/team/product",
  commit: "c".repeat(40),
  authors: ["ada@example.com", "bob@example.com"],
  images: [
    {
      name: "airflow",
      reference: `registry.example.com/team/airflow@${sha("1")}`,
      digest: sha("1"),
      standIns: ["docker.io/library/python:3.13-slim-trixie"],
    },
    {
      name: "api",
      reference: `registry.example.com/team/api@${sha("2")}`,
      digest: sha("2"),
      standIns: [],
    },
  ],
  dags: [{ name: "airflow", digest: sha("3") }],
  terraform: [{ path: "infra", digest: sha("4") }],
  evidence: [
    { stage: "ci", verdict: "passed", digest: sha("5"), notRun: ["pip-audit api"] },
    { stage: "integrationTest", verdict: "failed", digest: sha("6"), notRun: [] },
    {
      stage: "loadTest",
      verdict: "inconclusive",
      digest: sha("7"),
      notRun: [],
      tables: [
        { title: "Latency", columns: ["endpoint", "p95"], rows: [["GET /orders", "120 ms"]] },
      ],
    },
  ],
};
