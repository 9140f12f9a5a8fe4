import type { Check } from "./check.ts";
import { lockCheck } from "./tools/lock-check.ts";
import { pytest } from "./tools/pytest.ts";
import { terraformTest } from "./tools/terraform-test.ts";

/**
 * The tests of every Python component, with the dependencies that its pyproject.toml asks for, and of
 * every Terraform module that has some.
 */
export const unitTest: Check = { name: "unitTest", tools: [lockCheck, pytest, terraformTest] };
