import { readFileSync } from "node:fs";

/** Names the certificates to the process of a function: Node does not look at this variable. */
const late = "GALLEY_EXTRA_CA_CERTS";

/** The same environment, in which Node reads no certificates at its start. */
export function withLateCertificates(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: certificates, ...others } = env;
  return certificates ? { ...others, [late]: certificates } : others;
}

/**
 * Trusts `NODE_EXTRA_CA_CERTS` from the first connection by TLS on, which few functions make. Node 20
 * reads all that it trusts before a program begins when the variable is set, longer than a function's
 * process needs for everything else.
 */
export async function trustCertificatesLate(): Promise<void> {
  const path = process.env[late];
  if (!path) return;
  delete process.env[late];
  process.env.NODE_EXTRA_CA_CERTS = path;
  const [{ default: tls }, { syncBuiltinESMExports }] = await Promise.all([
    import("node:tls"),
    import("node:module"),
  ]);
  const { createSecureContext } = tls;
  let read: string | undefined;
  tls.createSecureContext = (options) => {
    const made = createSecureContext(options);
    if (options?.ca !== undefined) return made;
    read ??= certificatesOf(path);
    if (read !== "") made.context.addCACert(read);
    return made;
  };
  syncBuiltinESMExports();
}

/** As Node does, a file that cannot be read is named and goes without. */
function certificatesOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    process.emitWarning(`Ignoring extra certs from \`${path}\`: ${(error as Error).message}`);
    return "";
  }
}
