import { GitError } from "../graph/git/command.ts";
import type { Remote } from "../graph/git/remote.ts";
import type { Operation } from "../graph/operation.ts";
import { gitRefs, type Repository } from "../graph/operations/git.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import type { Arguments, Field, Session } from "./define.ts";
import { topOf } from "./directory-tree.ts";
import { gitUrls } from "./git-url.ts";
import type { Directory, GitRepository, Secret, Service, Socket } from "./values.ts";

export const gitField: Field<object> = {
  description: "A git repository, with the names that it has now.",
  args: {
    url: {
      type: "String!",
      description:
        'Its address: https, http, ssh or git, or as scp writes it (example: "git@github.com:dagger/dagger.git")',
    },
    keepGitDir: {
      type: "Boolean",
      default: true,
      description: "Leave .git in what is checked out: GitRef.tree(discardGitDir:) says it better",
    },
    sshKnownHosts: {
      type: "String",
      default: "",
      description: "Contents of a known_hosts file (default: this machine's own)",
    },
    sshAuthSocket: {
      type: "ID",
      expects: "Socket",
      description: "Socket of an SSH agent (default: this machine's own)",
    },
    httpAuthUsername: { type: "String", default: "", description: "Who logs in" },
    httpAuthToken: { type: "ID", expects: "Secret", description: "The password or token" },
    httpAuthHeader: {
      type: "ID",
      expects: "Secret",
      description: "The whole of the Authorization header",
    },
    experimentalServiceHost: {
      type: "ID",
      expects: "Service",
      description: "Service that answers at the address, by its own host name",
    },
  },
  type: "GitRepository!",
  resolve: (_query, args, session) => repositoryAt(args, session),
};

/** The repository at an address; one without a protocol is asked for by https, then by ssh. */
export async function repositoryAt(args: Arguments, session: Session): Promise<GitRepository> {
  const { service, ...login } = await loginOf(args, session);
  const inputs = service ? [service.operation] : [];
  let urls: string[];
  try {
    urls = gitUrls(args.url);
  } catch (error) {
    throw new ApiError(`failed to parse Git URL: ${(error as Error).message}`);
  }
  for (const [index, url] of urls.entries()) {
    try {
      const found = await repositoryOf({ remote: { url, ...login } }, inputs, session);
      return { ...found, discardGitDir: !args.keepGitDir, url };
    } catch (error) {
      const isRefused = error instanceof GitError && error.isLoginRefused;
      if (!isRefused || index === urls.length - 1) throw error;
    }
  }
  throw new ApiError("failed to determine Git URL protocol");
}

async function loginOf(
  args: Arguments,
  session: Session,
): Promise<Omit<Remote, "url"> & { readonly service?: Service }> {
  const load = async <T extends object>(type: string, id: string | undefined) =>
    id ? session.load<T>(type, id) : undefined;
  const agent = await load<Socket>("Socket", args.sshAuthSocket);
  const token = await load<Secret>("Secret", args.httpAuthToken);
  const header = await load<Secret>("Secret", args.httpAuthHeader);
  const service = await load<Service>("Service", args.experimentalServiceHost);
  return {
    ...(args.sshKnownHosts ? { knownHosts: args.sshKnownHosts } : {}),
    ...(agent ? { agent: agent.path } : {}),
    ...(args.httpAuthUsername ? { username: args.httpAuthUsername } : {}),
    ...(token ? { token: token.reference } : {}),
    ...(header ? { header: header.reference } : {}),
    ...(service ? { service } : {}),
  };
}

export const asGitField: Field<Directory> = {
  description: "The git repository that the directory's .git is, or that it is itself.",
  args: {},
  type: "GitRepository!",
  resolve: (directory, _args, session) => repositoryIn(directory, session),
};

export async function repositoryIn(directory: Directory, session: Session): Promise<GitRepository> {
  const found = await repositoryOf({ remote: null }, [topOf(directory)], session);
  return { ...found, discardGitDir: false };
}

async function repositoryOf(
  repository: Repository,
  inputs: readonly Operation[],
  session: Session,
): Promise<Pick<GitRepository, "source" | "inputs" | "refs" | "symbolic">> {
  const operation = gitRefs(repository as unknown as Json, inputs);
  const { refs, symbolic } = await session.context.solver.solve(operation);
  return { source: repository, inputs, refs, symbolic };
}
