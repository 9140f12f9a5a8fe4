import type { Check } from "./check.ts";
import { bandit } from "./tools/bandit.ts";
import { checkov, secrets } from "./tools/checkov.ts";
import { pipAudit } from "./tools/pip-audit.ts";
import { zizmor } from "./tools/zizmor.ts";

/** Python, infrastructure, workflows, secrets in the tree, known vulnerabilities. */
export const securityScan: Check = {
  name: "securityScan",
  tools: [bandit, checkov, secrets, pipAudit, zizmor],
};
