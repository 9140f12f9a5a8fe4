import { addressType } from "./address.ts";
import { changesetType, diffStatType } from "./changeset.ts";
import { containerType } from "./container.ts";
import type { ObjectType } from "./define.ts";
import { directoryType } from "./directory.ts";
import { envFileType } from "./env-file.ts";
import { fileType } from "./file.ts";
import { gitRefType } from "./git-ref.ts";
import { gitRepositoryType } from "./git-repository.ts";
import { healthcheckType } from "./healthcheck.ts";
import { hostType } from "./host.ts";
import { jsonValueType } from "./json-value.ts";
import { moduleTypes } from "./module-types/index.ts";
import { queryType } from "./query.ts";
import { searchResultType, searchSubmatchType } from "./search.ts";
import { serviceType } from "./service.ts";
import {
  cacheVolumeType,
  engineType,
  envVariableType,
  labelType,
  portType,
  secretType,
  socketType,
} from "./small-types.ts";
import { statType } from "./stat.ts";

/** The API's types, without those that a module's own calls add. */
export const coreTypes: readonly ObjectType[] = [
  queryType,
  containerType,
  directoryType,
  fileType,
  hostType,
  secretType,
  cacheVolumeType,
  statType,
  envVariableType,
  labelType,
  portType,
  addressType,
  healthcheckType,
  serviceType,
  socketType,
  gitRepositoryType,
  gitRefType,
  envFileType,
  jsonValueType,
  changesetType,
  diffStatType,
  engineType,
  searchResultType,
  searchSubmatchType,
  ...moduleTypes,
];
