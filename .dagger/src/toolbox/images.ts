/** The images that tools run in; Renovate keeps the tags current. */
export const images = {
  actionlint: "rhysd/actionlint:1.7.12",
  grype: "anchore/grype:v0.121.2",
  haproxy: "haproxy:3.0-trixie",
  postgres: "postgres:17-trixie",
  python: "python:3.13-slim-trixie",
  regctl: "ghcr.io/regclient/regctl:v0.11.7-alpine",
  ssh: "buildpack-deps:trixie-scm",
  syft: "anchore/syft:v1.57.0",
  terraform: "hashicorp/terraform:1.11.4",
  tflint: "ghcr.io/terraform-linters/tflint:v0.64.0",
} as const;
