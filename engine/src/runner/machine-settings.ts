import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { SpecMount } from "./spec.ts";

/** Where steps find this machine's certificates: below /run, which no image uses. */
const certificatesInside = "/run/galley/ca-certificates.crt";

const certificateVariables = [
  "SSL_CERT_FILE",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "PIP_CERT",
  "NODE_EXTRA_CA_CERTS",
  "AWS_CA_BUNDLE",
];

const isProxy = /^(?:https?|no|all)_proxy$/iu;

const passedOn =
  /^(?:PIP_(?:INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST|DEFAULT_TIMEOUT|RETRIES|NO_INDEX)|UV_(?:INDEX|DEFAULT_INDEX|INDEX_URL|EXTRA_INDEX_URL|INSECURE_HOST|HTTP_TIMEOUT)|NPM_CONFIG_REGISTRY|npm_config_registry|GOPROXY|GOSUMDB|GONOSUMDB|GONOSUMCHECK|GOPRIVATE)$/u;

/** What reaches every step of this machine's own settings, and stays out of keys and layers. */
export interface MachineSettings {
  readonly env: ReadonlyMap<string, string>;
  readonly mounts: readonly SpecMount[];
}

/** Certificates, proxies and package indexes of this machine (docs/decisions/003). */
export function machineSettings(env: NodeJS.ProcessEnv = process.env): MachineSettings {
  const variables = new Map<string, string>();
  const mounts: SpecMount[] = [];
  const bundle = [env.SSL_CERT_FILE, "/etc/ssl/certs/ca-certificates.crt"].find(
    (path) => path && existsSync(path),
  );
  if (bundle) {
    mounts.push(readOnly(bundle, certificatesInside));
    for (const name of certificateVariables) variables.set(name, certificatesInside);
  }
  for (const [name, value] of Object.entries(env)) {
    if (value && (isProxy.test(name) || passedOn.test(name))) variables.set(name, value);
  }
  const pip = pipConfiguration();
  if (pip) mounts.push(readOnly(pip, "/etc/pip.conf"));
  return { env: variables, mounts };
}

/**
 * What the caller's environment says of certificates and proxies, for a process of this machine: that
 * of a function, which Dagger gives them too. Node reads one file of certificates only.
 */
export function processSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const wanted = new Set([...certificateVariables, "SSL_CERT_DIR", "NODE_USE_ENV_PROXY"]);
  const own = Object.entries(env).filter(([name]) => wanted.has(name) || isProxy.test(name));
  const certificates = env.NODE_EXTRA_CA_CERTS ?? env.SSL_CERT_FILE;
  return {
    ...Object.fromEntries(own),
    ...(certificates ? { NODE_EXTRA_CA_CERTS: certificates } : {}),
  };
}

/** pip's own file, if it says where packages come from. */
function pipConfiguration(): string | undefined {
  const places = [
    join(homedir(), ".config/pip/pip.conf"),
    join(homedir(), ".pip/pip.conf"),
    "/etc/pip.conf",
  ];
  return places.find(
    (path) => existsSync(path) && /index|trusted|proxy/u.test(readFileSync(path, "utf8")),
  );
}

function readOnly(source: string, destination: string): SpecMount {
  return { source, destination, type: "bind", options: ["bind", "ro", "nosuid", "nodev"] };
}
