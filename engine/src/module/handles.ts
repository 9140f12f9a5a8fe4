import type { Context } from "../graph/context.ts";
import { ApiError } from "../tree/api-error.ts";
import type { Json } from "../tree/digest.ts";
import { Pins } from "./pin.ts";
import { digestOfValue, type PackedValue, pack, unpack } from "./values-with-operations.ts";

/** An object and the name of its type. */
export interface TypedObject {
  readonly typeName: string;
  readonly value: object;
}

/** `Directory@sha256:…`, whole or inside of other text. */
const handlePattern = /\b[A-Z]\w*@sha256:[0-9a-f]{64}/gu;

/** The objects of a session by the handles that were given out for them. */
export class Handles {
  private readonly objects = new Map<string, TypedObject>();
  private readonly pins: Pins;

  constructor(context: () => Context) {
    this.pins = new Pins(context);
  }

  /** The handle of an object; equal objects have equal ones. */
  async idOf(typeName: string, value: object): Promise<string> {
    const pinned = (await this.pins.value(value)) as object;
    const id = `${typeName}@${digestOfValue(pinned)}`;
    if (!this.objects.has(id)) this.objects.set(id, { typeName, value: pinned });
    return id;
  }

  find(id: string): TypedObject {
    const found = this.objects.get(id);
    if (found) return found;
    throw new ApiError(`${id} is no handle that this session gave out`);
  }

  load<T extends object>(typeName: string, id: string): T {
    const found = this.find(id);
    if (found.typeName === typeName) return found.value as T;
    throw new ApiError(`${id} is a ${found.typeName}, where a ${typeName} is expected`);
  }

  /** The objects of all handles in a JSON value, and of those in these objects, to be kept. */
  packAll(json: Json): Record<string, PackedValue> {
    const packed: Record<string, PackedValue> = {};
    const add = (part: unknown) => {
      for (const [id] of JSON.stringify(part).matchAll(handlePattern)) {
        const object = this.objects.get(id);
        if (!object || packed[id]) continue;
        packed[id] = pack(object.value);
        add(packed[id]);
      }
    };
    add(json);
    return packed;
  }

  /** Makes handles known that were kept. */
  unpackAll(packed: Readonly<Record<string, PackedValue>>): void {
    for (const [id, value] of Object.entries(packed)) {
      if (this.objects.has(id)) continue;
      const typeName = id.slice(0, id.indexOf("@"));
      this.objects.set(id, { typeName, value: unpack(value) as object });
    }
  }

  /** The handles in a JSON value that this session knows. */
  within(json: Json): TypedObject[] {
    const ids = new Set(JSON.stringify(json).match(handlePattern) ?? []);
    return [...ids].flatMap((id) => this.objects.get(id) ?? []);
  }
}
