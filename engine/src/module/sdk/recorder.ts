import type { Json } from "../../tree/digest.ts";

/**
 * Stands in for the SDK's client while a module is scanned: what the SDK's own registration says
 * through `dag` is written down as data, instead of being sent as some hundred requests.
 */
export const dag = {
  module_: () => new ModuleRecord(),
  typeDef: () => new TypeRecord(),
  function_: (name: string, returns: TypeRecord) => new FunctionRecord(name, returns),
  sourceMap: () => undefined,
};

/** As the API's enum of this name; the SDK's scanner writes these. */
export const TypeDefKind = {
  BooleanKind: "BOOLEAN_KIND",
  EnumKind: "ENUM_KIND",
  FloatKind: "FLOAT_KIND",
  InputKind: "INPUT_KIND",
  IntegerKind: "INTEGER_KIND",
  InterfaceKind: "INTERFACE_KIND",
  ListKind: "LIST_KIND",
  ObjectKind: "OBJECT_KIND",
  ScalarKind: "SCALAR_KIND",
  StringKind: "STRING_KIND",
  VoidKind: "VOID_KIND",
} as const;

export const FunctionCachePolicy = {
  Default: "Default",
  Never: "Never",
  PerSession: "PerSession",
} as const;

/** What was registered last. */
export let registered: Registration | undefined;

export interface Registration {
  description: string;
  objects: RecordedType[];
  enums: RecordedType[];
  interfaces: RecordedType[];
}

export interface RecordedType {
  kind: string;
  name: string;
  optional: boolean;
  description: string;
  deprecated?: string;
  item?: RecordedType;
  functions: RecordedFunction[];
  fields: RecordedField[];
  construct?: RecordedFunction;
  members: RecordedMember[];
}

export interface RecordedField {
  name: string;
  type: RecordedType;
  description: string;
  deprecated?: string;
}

interface RecordedMember {
  name: string;
  value: string;
  description: string;
  deprecated?: string;
}

export interface RecordedFunction {
  name: string;
  returns: RecordedType;
  description: string;
  deprecated?: string;
  args: RecordedArgument[];
  cache: "default" | "session" | "never";
  /** as given to @func: `10m` */
  timeToLive?: string;
  isCheck: boolean;
  isGenerator: boolean;
  isUp: boolean;
}

export interface RecordedArgument {
  name: string;
  type: RecordedType;
  description: string;
  deprecated?: string;
  default?: Json;
  defaultPath?: string;
  defaultAddress?: string;
  ignore?: string[];
}

interface Notes {
  description?: string;
  deprecated?: string;
}

class ModuleRecord {
  readonly data: Registration = { description: "", objects: [], enums: [], interfaces: [] };

  withDescription(description: string): this {
    this.data.description = description;
    return this;
  }

  withObject(type: TypeRecord): this {
    this.data.objects.push(type.data);
    return this;
  }

  withEnum(type: TypeRecord): this {
    this.data.enums.push(type.data);
    return this;
  }

  withInterface(type: TypeRecord): this {
    this.data.interfaces.push(type.data);
    return this;
  }

  async id(): Promise<string> {
    registered = this.data;
    return "registered";
  }
}

class TypeRecord {
  readonly data: RecordedType = {
    kind: "",
    name: "",
    optional: false,
    description: "",
    functions: [],
    fields: [],
    members: [],
  };

  withObject(name: string, notes?: Notes): this {
    return this.named(TypeDefKind.ObjectKind, name, notes);
  }

  withEnum(name: string, notes?: Notes): this {
    return this.named(TypeDefKind.EnumKind, name, notes);
  }

  withInterface(name: string, notes?: Notes): this {
    return this.named(TypeDefKind.InterfaceKind, name, notes);
  }

  withScalar(name: string, notes?: Notes): this {
    return this.named(TypeDefKind.ScalarKind, name, notes);
  }

  withListOf(item: TypeRecord): this {
    this.data.item = item.data;
    return this.withKind(TypeDefKind.ListKind);
  }

  withKind(kind: string): this {
    this.data.kind = kind;
    return this;
  }

  withOptional(optional: boolean): this {
    this.data.optional = optional;
    return this;
  }

  withFunction(record: FunctionRecord): this {
    this.data.functions.push(record.data);
    return this;
  }

  withConstructor(record: FunctionRecord): this {
    this.data.construct = record.data;
    return this;
  }

  withField(name: string, type: TypeRecord, notes?: Notes): this {
    this.data.fields.push({ name, type: type.data, description: "", ...given(notes) });
    return this;
  }

  withEnumMember(name: string, notes: Notes & { value: string }): this {
    this.data.members.push({ name, value: notes.value, description: "", ...given(notes) });
    return this;
  }

  private named(kind: string, name: string, notes?: Notes): this {
    Object.assign(this.data, { kind, name, ...given(notes) });
    return this;
  }
}

class FunctionRecord {
  readonly data: RecordedFunction;

  constructor(name: string, returns: TypeRecord) {
    this.data = {
      name,
      returns: returns.data,
      description: "",
      args: [],
      cache: "default",
      isCheck: false,
      isGenerator: false,
      isUp: false,
    };
    // A constructor is given the very type that it belongs to.
    if (name === "") this.data.returns = new TypeRecord().withObject(returns.data.name).data;
  }

  withDescription(description: string): this {
    this.data.description = description ?? "";
    return this;
  }

  withSourceMap(): this {
    return this;
  }

  with(change: (self: this) => this): this {
    return change(this);
  }

  withArg(
    name: string,
    type: TypeRecord,
    options: Notes & {
      defaultValue?: string;
      defaultPath?: string;
      defaultAddress?: string;
      ignore?: string[];
    },
  ): this {
    const { defaultValue, defaultPath, defaultAddress, ignore } = options;
    this.data.args.push({
      name,
      type: type.data,
      description: "",
      ...given(options),
      ...(defaultValue === undefined ? {} : { default: JSON.parse(defaultValue) as Json }),
      ...(defaultPath === undefined ? {} : { defaultPath }),
      ...(defaultAddress === undefined ? {} : { defaultAddress }),
      ...(ignore === undefined ? {} : { ignore }),
    });
    return this;
  }

  withCachePolicy(policy: string, options?: { timeToLive?: string }): this {
    if (policy === FunctionCachePolicy.Never) this.data.cache = "never";
    if (policy === FunctionCachePolicy.PerSession) this.data.cache = "session";
    if (options?.timeToLive) this.data.timeToLive = options.timeToLive;
    return this;
  }

  withDeprecated(options: { reason?: string }): this {
    this.data.deprecated = options.reason ?? "";
    return this;
  }

  withCheck(): this {
    this.data.isCheck = true;
    return this;
  }

  withGenerator(): this {
    this.data.isGenerator = true;
    return this;
  }

  withUp(): this {
    this.data.isUp = true;
    return this;
  }
}

function given({ description, deprecated }: Notes = {}): Notes {
  return {
    ...(description === undefined ? {} : { description }),
    ...(deprecated === undefined ? {} : { deprecated }),
  };
}
