import type { Check } from "./check.ts";
import { actionlint } from "./tools/actionlint.ts";
import { black } from "./tools/black.ts";
import { flake8 } from "./tools/flake8.ts";
import { hadolint } from "./tools/hadolint.ts";
import { terraformFmt } from "./tools/terraform-fmt.ts";
import { terraformValidate } from "./tools/terraform-validate.ts";
import { tflint } from "./tools/tflint.ts";

/** Style of Python, Terraform, Dockerfiles and workflows. */
export const lint: Check = {
  name: "lint",
  tools: [flake8, black, hadolint, terraformFmt, terraformValidate, tflint, actionlint],
};
