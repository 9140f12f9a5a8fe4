/** GitHub's command line, as far as workflows ask it: `gh api PATH --jq EXPRESSION`. */
import { execFileSync } from "node:child_process";

const [command, path, flag, expression] = process.argv.slice(2);
if (command !== "api" || flag !== "--jq") throw new Error(`gh ${command}: not known here`);
const response = await fetch(`${process.env.GITHUB_API}/${path}`, {
  headers: { authorization: `token ${process.env.GITHUB_TOKEN}` },
});
const text = await response.text();
if (!response.ok) {
  process.stderr.write(`gh: ${JSON.parse(text).message} (HTTP ${response.status})\n`);
  process.exit(1);
}
process.stdout.write(execFileSync("jq", ["-r", expression], { input: text }));
