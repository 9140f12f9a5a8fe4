// node generate.mjs FOLDER [SERVICES]: a repository of fifty services, each with tests and a lock of
// its own, and one folder of Terraform. They are made from examples/consumer's package.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";

const template = fileURLToPath(new URL("../consumer", import.meta.url));

const terraform = `resource "terraform_data" "services" {
  input = var.services
}

variable "services" {
  description = "How many services there are"
  type        = number
}

terraform {
  required_version = ">= 1.5"
}
`;

/** Makes the repository in a folder that has no services yet. */
export function generate(folder, services = 50) {
  if (existsSync(join(folder, "services"))) throw new Error(`${folder}/services is there already`);
  for (let number = 1; number <= services; number++) {
    service(join(folder, "services", nameOf(number)), nameOf(number));
  }
  write(join(folder, "infra/main.tf"), terraform);
  write(join(folder, "README.md"), `# ${services} services\n`);
}

/** `service-07` */
export function nameOf(number) {
  return `service-${String(number).padStart(2, "0")}`;
}

function service(folder, name) {
  const python = name.replace("-", "_");
  const own = (path) => readFileSync(join(template, path), "utf8").replaceAll("prices", python);
  write(join(folder, "pyproject.toml"), own("pyproject.toml").replace(`"${python}"`, `"${name}"`));
  write(join(folder, `src/${python}/__init__.py`), own("src/prices/__init__.py"));
  write(join(folder, `tests/test_${python}.py`), own("tests/test_prices.py"));
  cpSync(join(template, "requirements-dev.lock"), join(folder, "requirements-dev.lock"));
}

function write(path, text) {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, services = "50"] = argv.slice(2);
  const number = Number(services);
  if (!folder || !Number.isInteger(number) || number < 1) {
    console.error("usage: node generate.mjs FOLDER [SERVICES], a whole number above 0");
    process.exit(1);
  }
  generate(folder, number);
}
