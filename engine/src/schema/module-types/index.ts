import { defineType, type ObjectType } from "../define.ts";
import { modulesOf } from "./access.ts";
import {
  enumTypeDefType,
  enumValueTypeDefType,
  fieldTypeDefType,
  inputTypeDefType,
  interfaceTypeDefType,
  listTypeDefType,
  objectTypeDefType,
  scalarTypeDefType,
} from "./definitions.ts";
import { functionArgType, functionField, functionType } from "./function.ts";
import { moduleField, moduleType, sdkConfigType } from "./module.ts";
import { moduleSourceField, moduleSourceType } from "./module-source.ts";
import { sourceMapField, sourceMapType } from "./source-map.ts";
import { typeDefField, typeDefType } from "./type-def.ts";

const queryType = defineType<object>({
  name: "Query",
  description: "",
  fields: {
    module: moduleField,
    moduleSource: moduleSourceField,
    typeDef: typeDefField,
    function: functionField,
    sourceMap: sourceMapField,
    currentTypeDefs: {
      description: "The types of all that can be asked for here.",
      args: {
        returnAllTypes: {
          type: "Boolean",
          default: false,
          description: "galley answers all of them always",
        },
        hideCore: {
          type: "Boolean",
          description: "Of Query, show what modules have added only",
        },
      },
      type: "[TypeDef!]!",
      resolve: (_query, { hideCore }, session) =>
        modulesOf(session).types({ hideCore: hideCore === true }),
    },
  },
});

/** Modules as the API describes them. */
export const moduleTypes: readonly ObjectType[] = [
  queryType,
  moduleType,
  moduleSourceType,
  sdkConfigType,
  typeDefType,
  objectTypeDefType,
  interfaceTypeDefType,
  enumTypeDefType,
  enumValueTypeDefType,
  fieldTypeDefType,
  listTypeDefType,
  scalarTypeDefType,
  inputTypeDefType,
  functionType,
  functionArgType,
  sourceMapType,
];
