import type { Check } from "./check.ts";
import { lockCheck } from "./tools/lock-check.ts";
import { pytest } from "./tools/pytest.ts";

/** The tests of every Python component, with the dependencies that its pyproject.toml asks for. */
export const unitTest: Check = { name: "unitTest", tools: [lockCheck, pytest] };
