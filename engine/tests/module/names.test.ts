import { expect, test } from "vitest";
import { lowerCamel, screamingSnake, typeName } from "../../src/module/names.ts";

test.each([
  ["camelCaseName", "camelCaseName"],
  ["aURL", "aUrl"],
  ["PartLater", "partLater"],
  ["snake_case", "snakeCase"],
  ["kebab-case", "kebabCase"],
  ["python3version", "python3Version"],
])("%s is %s", (name, expected) => {
  expect(lowerCamel(name)).toBe(expected);
});

test.each([
  ["Red", "RED"],
  ["DeepBlue", "DEEP_BLUE"],
  ["HTTPServer", "HTTP_SERVER"],
  ["already_snake", "ALREADY_SNAKE"],
])("the member %s is %s", (name, expected) => {
  expect(screamingSnake(name)).toBe(expected);
});

test.each([
  ["Part", "ctor", "CtorPart"],
  ["Ctor", "ctor", "Ctor"],
  ["CtorPart", "ctor", "CtorPart"],
  ["Postman", "post", "PostPostman"],
  ["Report", "my-module", "MyModuleReport"],
])("%s of the module %s is %s", (name, module, expected) => {
  expect(typeName(name, module)).toBe(expected);
});
