import { containerConfigFields } from "./container-config.ts";
import { containerEnvironmentFields } from "./container-environment.ts";
import { containerExecFields } from "./container-exec.ts";
import { containerFileFields } from "./container-files.ts";
import { containerImageFields } from "./container-image.ts";
import { containerMountFields } from "./container-mounts.ts";
import { defineType } from "./define.ts";
import { containerHealthcheckFields } from "./healthcheck.ts";
import { containerServiceFields } from "./service.ts";
import type { Container } from "./values.ts";

export const containerType = defineType<Container>({
  name: "Container",
  description: "A container: files, and how commands are run on them.",
  fields: {
    ...containerExecFields,
    ...containerFileFields,
    ...containerMountFields,
    ...containerConfigFields,
    ...containerEnvironmentFields,
    ...containerImageFields,
    ...containerHealthcheckFields,
    ...containerServiceFields,
  },
});
