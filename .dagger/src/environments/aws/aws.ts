import { type Directory, dag, type Secret, type Service } from "@dagger.io/dagger";
import { pythonTool } from "../../toolbox/python.ts";
import { targetService } from "../../verify/target.ts";
import { EnvironmentError } from "../environment.ts";
import { type Ask, runScript } from "../script.ts";

/** How to get at AWS, and as whom. */
export interface AwsAccess {
  /** what `aws configure export-credentials` prints, or a credentials file with one profile */
  readonly awsCredentials?: Secret;
  /** a web identity token, such as GitHub's, that `awsRole` is given for */
  readonly awsToken?: Secret;
  /** ARN of the role to take */
  readonly awsRole?: string;
  /** AWS's API itself, when it is a port of this machine */
  readonly awsService?: Service;
  /** the load balancer itself, when it is a port of this machine */
  readonly edgeService?: Service;
}

/** Where a kind's script finds what it is asked about. */
export interface AwsPlace {
  readonly kind: string;
  readonly region: string;
  /** first part of the names there */
  readonly project: string;
  readonly [more: string]: unknown;
}

/** Where the step finds DAGs. */
export const dagsPath = "/kitchen/dags";
const credentialsPath = "/run/secrets/aws-credentials";
const tokenPath = "/run/secrets/aws-token";

/**
 * Asks AWS: one step with boto3, and nothing but that step has the credentials.
 *
 * @param place what is added to every request
 * @param access `dags`: DAGs that the step is to have
 */
export function asksAws(
  place: AwsPlace,
  { dags, ...access }: AwsAccess & { readonly dags?: Directory | undefined },
): Ask {
  return async (command, schema, request) => {
    const all = dag.currentModule().source().directory("scripts");
    const scripts = all.directory("aws").withDirectory(".", all.directory("environment"), {
      // What is the same on a host of containers.
      include: ["ask_airflow.py", "probing.py", "refused.py", "release_bundle.py", "rollouts.py"],
    });
    const { step: bare, aws } = await withAws(access);
    const step = dags
      ? bare.withMountedDirectory(dagsPath, dags.filter({ exclude: ["**/__pycache__"] }))
      : bare;
    return runScript(step, scripts, command, { ...place, ...request, aws }, schema);
  };
}

/** A step that reaches AWS, and what to tell its script of it. */
async function withAws(access: AwsAccess) {
  const { awsCredentials, awsToken, awsRole } = access;
  if ((awsCredentials === undefined) === (awsToken === undefined)) {
    throw new EnvironmentError(
      'AWS: give --aws-credentials cmd:"aws configure export-credentials", or --aws-token and --aws-role',
    );
  }
  if (awsToken && awsRole === undefined) {
    throw new EnvironmentError(
      "aws-token: --aws-role belongs to it, the role that it is given for",
    );
  }
  let step = await pythonTool("aws");
  if (awsCredentials) step = step.withMountedSecret(credentialsPath, awsCredentials);
  if (awsToken) step = step.withMountedSecret(tokenPath, awsToken);
  const bound = async (alias: string, service: Service | undefined) => {
    if (!service) return null;
    const target = await targetService(alias, service);
    step = target.bind(step);
    return target.url;
  };
  const endpoint = await bound("aws", access.awsService);
  const edge = await bound("edge", access.edgeService);
  return {
    step,
    aws: {
      credentials: awsCredentials ? credentialsPath : null,
      token: awsToken ? tokenPath : null,
      role: awsRole ?? null,
      endpoint,
      edge,
    },
  };
}
