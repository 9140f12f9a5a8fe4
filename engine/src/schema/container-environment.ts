import * as arg from "./arguments.ts";
import { configured, getter } from "./container-config.ts";
import { expandVariables, withNamed, withoutImageRef, withoutNamed } from "./container-values.ts";
import type { Field } from "./define.ts";
import { valuesOf } from "./env-file-values.ts";
import type { Container, EnvFile, Secret } from "./values.ts";

const name = (description: string) => ({ name: { type: "String!", description } });
const value = { type: "String!", description: "Its value" };

/** The variables that commands see. */
export const containerEnvironmentFields: Readonly<Record<string, Field<Container>>> = {
  envVariables: getter("The variables that commands see.", "[EnvVariable!]!", ({ env }) => env),
  envVariable: {
    description: "Value of a variable.",
    args: name("Its name"),
    type: "String",
    async resolve(container, args, session) {
      await configured(container, session);
      return container.env.findLast((each) => each.name === args.name)?.value ?? null;
    },
  },
  withEnvVariable: {
    description: "The container with a variable.",
    args: { ...name("Its name"), value, expand: arg.expand },
    type: "Container!",
    resolve(container, { name, value, expand }) {
      const text = expand ? expandVariables(container, value) : value;
      return withoutImageRef({
        ...container,
        env: withNamed(container.env, { name, value: text }),
      });
    },
  },
  withoutEnvVariable: {
    description: "The container without a variable.",
    args: name("Its name"),
    type: "Container!",
    resolve: (container, { name }) =>
      withoutImageRef({ ...container, env: withoutNamed(container.env, name) }),
  },
  withVolatileVariable: {
    description: "The container with a variable that is no part of any cache key.",
    args: { ...name("Its name"), value },
    type: "Container!",
    resolve: (container, { name, value }) =>
      withoutImageRef({
        ...container,
        volatileEnv: withNamed(container.volatileEnv, { name, value }),
      }),
  },
  withoutVolatileVariable: {
    description: "The container without such a variable.",
    args: name("Its name"),
    type: "Container!",
    resolve: (container, { name }) =>
      withoutImageRef({ ...container, volatileEnv: withoutNamed(container.volatileEnv, name) }),
  },
  withSecretVariable: {
    description: "The container with a secret in a variable; it is scrubbed from all output.",
    args: {
      ...name("Its name"),
      secret: { type: "ID!", expects: "Secret", description: "The secret" },
    },
    type: "Container!",
    async resolve(container, { name, secret }, session) {
      const { reference } = await session.load<Secret>("Secret", secret);
      const secretEnv = withNamed(container.secretEnv, { name, secret: reference });
      return withoutImageRef({ ...container, secretEnv });
    },
  },
  withoutSecretVariable: {
    description: "The container without a secret in a variable.",
    args: name("Its name"),
    type: "Container!",
    resolve: (container, { name }) =>
      withoutImageRef({ ...container, secretEnv: withoutNamed(container.secretEnv, name) }),
  },
  withEnvFileVariables: {
    description: "The container with the variables of an env file.",
    args: { source: { type: "ID!", expects: "EnvFile", description: "The env file" } },
    type: "Container!",
    async resolve(container, { source }, session) {
      const file = await session.load<EnvFile>("EnvFile", source);
      const env = valuesOf(file, session).reduce(withNamed, [...container.env]);
      return withoutImageRef({ ...container, env });
    },
  },
};
