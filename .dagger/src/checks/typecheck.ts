import type { Check } from "./check.ts";
import { mypy } from "./tools/mypy.ts";

/** Types of every Python component, against its own dependencies. */
export const typecheck: Check = { name: "typecheck", tools: [mypy] };
