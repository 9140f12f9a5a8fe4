import type { Container, File, Secret, Service, Socket } from "@dagger.io/dagger";
import { EnvironmentError } from "../environment.ts";

/** How to get at a host's Docker API: by a socket of this machine, or over SSH. */
export interface HostAccess {
  readonly socket?: Socket;
  /** `ssh://user@host:port/path/of/the.sock` */
  readonly ssh?: string;
  readonly sshKey?: Secret;
  readonly knownHosts?: File;
  /** the SSH server itself, when it is a port of this machine */
  readonly sshService?: Service;
}

const socketPath = "/run/kitchen/host.sock";
const keyPath = "/run/secrets/ssh-key";
const serviceAlias = "docker-host";
const knownHostsPath = "/kitchen/known_hosts";

/** A step that reaches the host, and what to tell its script of it. */
export function withHost(
  container: Container,
  access: HostAccess,
): { step: Container; host: Readonly<Record<string, unknown>> } {
  const { socket, ssh, sshKey, knownHosts, sshService } = access;
  if (socket && ssh) {
    throw new EnvironmentError("socket and ssh: give one of them, not both");
  }
  if (socket) {
    const step = container.withUnixSocket(socketPath, socket);
    return { step, host: { socket: socketPath } };
  }
  // Workflows give what is not set as no text.
  if (!ssh) {
    throw new EnvironmentError(
      "no host: give --socket /var/run/docker.sock, or --ssh ssh://user@host with --ssh-key and --known-hosts",
    );
  }
  if (!sshKey || !knownHosts) {
    throw new EnvironmentError(`${ssh}: --ssh-key and --known-hosts belong to it`);
  }
  const { user, name, port, path } = parse(ssh);
  let step = container
    .withMountedSecret(keyPath, sshKey, { mode: 0o400 })
    .withMountedFile(knownHostsPath, knownHosts);
  if (sshService) step = step.withServiceBinding(serviceAlias, sshService);
  const address = sshService ? serviceAlias : name;
  const files = { key: keyPath, knownHosts: knownHostsPath };
  return { step, host: { ssh: { user, name, port, address, socket: path, ...files } } };
}

function parse(text: string): { user: string; name: string; port: number; path: string } {
  const [, user, name, port = "22", path = "/var/run/docker.sock"] =
    /^ssh:\/\/([^@/:]+)@([^@/:]+)(?::(\d+))?(\/.+)?$/.exec(text) ?? [];
  if (!user || !name) {
    throw new EnvironmentError(
      `ssh ${text}: give it as ssh://user@host, ssh://user@host:22 or ssh://user@host:22/var/run/docker.sock`,
    );
  }
  return { user, name, port: Number.parseInt(port, 10), path };
}
