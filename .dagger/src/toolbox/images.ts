/** The images that tools run in; Renovate keeps the tags current. */
export const images = {
  python: "python:3.13-slim-trixie",
  terraform: "hashicorp/terraform:1.11.4",
  tflint: "ghcr.io/terraform-linters/tflint:v0.64.0",
} as const;
