import type { Operation } from "../graph/operation.ts";
import type { NamedRef, Refs, Repository } from "../graph/operations/git.ts";
import type { Healthcheck } from "../images/image.ts";
import type { RunningService } from "../runner/services.ts";
import type { Snapshot } from "../runner/snapshot.ts";
import type { StepResult } from "../runner/step.ts";
import type { FileNode, Tree } from "../tree/tree.ts";

/** The API's objects as plain data: they hold operations, and can be kept as JSON. */

export interface Directory {
  readonly tree: Operation<Tree>;
  /** where in the tree its top is: `..` and links can leave it, but not the tree */
  readonly path: string;
  /** its name where it was taken from, as long as its path is its own top */
  readonly name?: string;
}

export interface File {
  readonly file: Operation<FileNode>;
  readonly name: string;
}

export interface Secret {
  /** what stands for it in operations: `set:HASH:NAME` or the uri with its cacheKey */
  readonly reference: string;
  readonly name?: string;
  readonly uri?: string;
}

export type Sharing = "SHARED" | "PRIVATE" | "LOCKED";

export interface CacheVolume {
  readonly key: string;
  /** what it starts with, and how it is shared, unless the mount says otherwise */
  readonly source?: Operation<Snapshot>;
  readonly sharing?: Sharing;
  readonly owner?: string;
}

/** A mount of a container, in the order in which they were added. */
export type Mount = { readonly path: string } & (
  | { readonly kind: "directory"; readonly source: Operation<Snapshot>; readonly readOnly: boolean }
  | { readonly kind: "file"; readonly source: Operation<Snapshot>; readonly name: string }
  | {
      readonly kind: "cache";
      readonly volume: string;
      readonly sharing: Sharing;
      readonly source?: Operation<Snapshot>;
      readonly owner?: string;
    }
  | { readonly kind: "temp"; readonly size?: number }
  | {
      readonly kind: "secret";
      readonly secret: string;
      readonly mode: number;
      readonly owner?: string;
    }
);

/** A git repository, with the names that it had when it was asked for. */
export interface GitRepository extends Refs {
  readonly source: Repository;
  /** the service at its address, or the directory that it is */
  readonly inputs: readonly Operation[];
  readonly url?: string;
  readonly discardGitDir: boolean;
}

export interface GitRef {
  readonly repository: GitRepository;
  /** without a name: a commit by its hash */
  readonly ref: NamedRef;
}

/** Variables as the lines of an env file; those of the context are there to be referred to only. */
export interface EnvFile {
  readonly lines: readonly string[];
  readonly context: readonly string[];
}

/** A value as the JSON that it is written as. */
export interface JsonValue {
  readonly json: string;
}

/** What changed between two directories. */
export interface Changeset {
  readonly before: Directory;
  readonly after: Directory;
}

/** A Unix socket of this machine. */
export interface Socket {
  readonly path: string;
}

/** Something that runs for the containers that are bound to it. */
export interface Service {
  /** solving it starts the service */
  readonly operation: Operation<RunningService>;
  readonly ports: readonly Port[];
  /** it is ports of this machine that lead to another service: known once it runs */
  readonly isTunnel?: true;
}

export interface Port {
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
  readonly description?: string;
  readonly experimentalSkipHealthcheck: boolean;
}

export interface ImageExtras {
  readonly Healthcheck?: Healthcheck;
  readonly StopSignal?: string;
  readonly Volumes?: readonly string[];
  readonly Shell?: readonly string[];
  readonly OnBuild?: readonly string[];
}

export interface Container {
  readonly rootfs: Operation<Snapshot>;
  readonly platform: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** no part of any key */
  readonly volatileEnv: readonly { readonly name: string; readonly value: string }[];
  readonly secretEnv: readonly { readonly name: string; readonly secret: string }[];
  readonly mounts: readonly Mount[];
  /** sockets of this machine, over the mounts wherever these are */
  readonly sockets?: readonly {
    readonly path: string;
    readonly socket: string;
    readonly owner?: string;
  }[];
  readonly workdir: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly defaultArgs: readonly string[];
  readonly labels: readonly { readonly name: string; readonly value: string }[];
  readonly annotations: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly Port[];
  /** what its commands can reach by an alias */
  readonly services?: readonly { readonly alias: string; readonly service: Service }[];
  /** what an image says that no command needs */
  readonly image?: ImageExtras;
  /** in full; only as long as nothing has changed the image's configuration */
  readonly imageRef?: string;
  /** logins for registries; the secret is what stands for the password */
  readonly registryAuth?: readonly {
    readonly registry: string;
    readonly username: string;
    readonly secret: string;
  }[];
  readonly lastExec?: Operation<StepResult>;
  /** of what stand-ins its files are made */
  readonly standIns?: readonly string[];
}
