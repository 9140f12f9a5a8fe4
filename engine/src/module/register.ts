import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import { lowerCamel, screamingSnake, typeName, upperCamel } from "./names.ts";
import type {
  RecordedArgument,
  RecordedField,
  RecordedFunction,
  RecordedType,
  Registration,
} from "./sdk/recorder.ts";
import type {
  ArgumentTypeDef,
  EnumTypeDef,
  FieldTypeDef,
  FunctionCache,
  FunctionTypeDef,
  ModuleTypes,
  ObjectTypeDef,
  TypeRef,
} from "./type-defs.ts";

const sevenDays = 7 * 24 * 3600;

/** Turns what the SDK registers into the API's names: what Dagger's engine does on registration. */
export function moduleTypes(name: string, registration: Registration): ModuleTypes {
  const scope = new Scope(name, registration);
  const objects = registration.objects.map((object) => scope.object(object));
  const main = upperCamel(name);
  return {
    name,
    description: registration.description ?? "",
    ...(objects.some((object) => object.name === main) ? { main } : {}),
    objects,
    enums: registration.enums.map((each) => scope.enumType(each)),
    interfaces: registration.interfaces.map((each) => ({
      name: scope.name(each.name),
      originalName: each.name,
      description: each.description,
      functions: each.functions.map((one) => scope.fn(one)),
    })),
  };
}

/** Which names are the module's own, and so carry its name. */
class Scope {
  private readonly own: ReadonlySet<string>;

  constructor(
    private readonly module: string,
    private readonly registration: Registration,
  ) {
    const { objects, enums, interfaces } = registration;
    this.own = new Set([...objects, ...enums, ...interfaces].map(({ name }) => name));
  }

  name(name: string): string {
    return this.own.has(name) ? typeName(name, this.module) : name;
  }

  object(recorded: RecordedType): ObjectTypeDef {
    return {
      ...notes(recorded),
      name: this.name(recorded.name),
      originalName: recorded.name,
      ...(recorded.construct ? { construct: this.fn(recorded.construct) } : {}),
      fields: recorded.fields.map((field) => this.field(recorded, field)),
      functions: recorded.functions.map((each) => this.fn(this.checked(recorded, each))),
    };
  }

  enumType(recorded: RecordedType): EnumTypeDef {
    return {
      ...notes(recorded),
      name: this.name(recorded.name),
      originalName: recorded.name,
      members: recorded.members.map((member) => ({
        ...notes(member),
        name: screamingSnake(member.name),
        originalName: member.name,
        value: member.value,
      })),
    };
  }

  fn(recorded: RecordedFunction): FunctionTypeDef {
    return {
      ...notes(recorded),
      name: lowerCamel(recorded.name),
      originalName: recorded.name,
      args: recorded.args.map((arg) => this.argument(arg)),
      returns: this.type(recorded.returns),
      cache: cacheOf(recorded),
      isCheck: recorded.isCheck,
      isGenerator: recorded.isGenerator,
      isUp: recorded.isUp,
    };
  }

  private field(owner: RecordedType, recorded: RecordedField): FieldTypeDef {
    return {
      ...notes(recorded),
      name: lowerCamel(this.checked(owner, recorded).name),
      originalName: recorded.name,
      type: this.type(recorded.type),
    };
  }

  /** Every object has an `id` of its own. */
  private checked<T extends { name: string }>(owner: RecordedType, member: T): T {
    if (lowerCamel(member.name) !== "id") return member;
    throw new ApiError(
      `module ${this.module}: cannot define field with reserved name "id" on object "${owner.name}": choose another name`,
    );
  }

  private argument(recorded: RecordedArgument): ArgumentTypeDef {
    const type = this.type(recorded.type);
    const { default: given, defaultPath, defaultAddress, ignore } = recorded;
    return {
      ...notes(recorded),
      name: lowerCamel(recorded.name),
      originalName: recorded.name,
      type,
      ...(given === undefined ? {} : { default: this.defaultOf(type, given) }),
      ...(defaultPath === undefined ? {} : { defaultPath }),
      ...(defaultAddress === undefined ? {} : { defaultAddress }),
      ...(ignore === undefined ? {} : { ignore }),
    };
  }

  /** An enum's default is named as the source names the member. */
  private defaultOf(type: TypeRef, given: Json): Json {
    const isOwn =
      type.kind === "enum" &&
      this.registration.enums.some((each) => this.name(each.name) === type.name);
    return isOwn && typeof given === "string" ? screamingSnake(given) : given;
  }

  private type(recorded: RecordedType): TypeRef {
    const { optional } = recorded;
    switch (recorded.kind) {
      case "STRING_KIND":
        return { kind: "string", optional };
      case "INTEGER_KIND":
        return { kind: "integer", optional };
      case "FLOAT_KIND":
        return { kind: "float", optional };
      case "BOOLEAN_KIND":
        return { kind: "boolean", optional };
      case "VOID_KIND":
        return { kind: "void", optional: true };
      case "LIST_KIND":
        return { kind: "list", optional, item: this.type(recorded.item as RecordedType) };
      case "OBJECT_KIND":
        return { kind: "object", optional, name: this.name(recorded.name) };
      case "ENUM_KIND":
        return { kind: "enum", optional, name: this.name(recorded.name) };
      case "INTERFACE_KIND":
        return { kind: "interface", optional, name: this.name(recorded.name) };
      case "SCALAR_KIND":
        return { kind: "scalar", optional, name: recorded.name };
      default:
        throw new ApiError(`module ${this.module}: the kind of type ${recorded.kind} is unknown`);
    }
  }
}

function notes(recorded: { description: string; deprecated?: string }) {
  const { description, deprecated } = recorded;
  return { description, ...(deprecated === undefined ? {} : { deprecated }) };
}

function cacheOf({ name, cache, timeToLive }: RecordedFunction): FunctionCache {
  if (cache !== "default") return { kind: cache };
  return { kind: "kept", seconds: timeToLive ? secondsOf(timeToLive, name) : sevenDays };
}

const units: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** Go's notation of durations: `10m`, `1h30m`, `1.5s`. */
function secondsOf(text: string, name: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/gu)];
  if (parts.map(([part]) => part).join("") !== text || text === "") {
    throw new ApiError(
      `function ${name}: cache ${JSON.stringify(text)} is no duration: use "never", "session", or a time such as "10m" or "1h30m"`,
    );
  }
  return parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit as string] ?? 0),
    0,
  );
}
