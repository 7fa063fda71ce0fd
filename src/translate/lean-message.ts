import {
  create,
  type DescField,
  type DescMessage,
  isMessage,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";

/** Whether a field holds plain JSON or a bare value instead of the message it is declared with. */
const isBare = (field: DescField, message: DescMessage): boolean =>
  message.typeName === "google.protobuf.Struct" ||
  (field.fieldKind === "message" && field.oneof === undefined && isWrapperDesc(message));

/** Turns the value given for a field into what a message holds. */
type Convert = (value: unknown) => unknown;

interface Shape {
  /** Holds what fields have that are not given; lists and maps in it are frozen. */
  readonly defaults: object;
  /** Fields that hold messages, by name; of a oneof by the name of the case. */
  readonly converts: ReadonlyMap<string, Convert>;
  readonly oneofs: ReadonlySet<string>;
}

const shapes = new WeakMap<DescMessage, Shape>();

/**
 * A message with nothing but the fields that are given; what the others have is the same for all messages of the type. Encodes to the
 * same bytes as that of `create`, in a fraction of the time and memory: an Envoy route has a hundred fields, most of them unused. For
 * messages that are made by the thousand, encoded and forgotten. Lists that were not given cannot be added to.
 */
export function createLean<T extends DescMessage>(schema: T, init: MessageInitShape<T>): MessageShape<T> {
  return build(schema, init) as MessageShape<T>;
}

function build(schema: DescMessage, init: unknown): unknown {
  if (typeof init !== "object" || init === null || isMessage(init)) return init;
  const { defaults, converts, oneofs } = shapeOf(schema);
  const message: Record<string, unknown> = Object.create(defaults);
  for (const [name, value] of Object.entries(init)) {
    if (value === undefined || value === null) continue;
    message[name] = oneofs.has(name) ? chosen(value, converts) : (converts.get(name)?.(value) ?? value);
  }
  return message;
}

function chosen(oneof: { readonly case?: string; readonly value?: unknown }, converts: Shape["converts"]): unknown {
  const convert = oneof.case === undefined ? undefined : converts.get(oneof.case);
  return convert ? { case: oneof.case, value: convert(oneof.value) } : oneof;
}

function shapeOf(schema: DescMessage): Shape {
  const known = shapes.get(schema);
  if (known) return known;
  const shape: Shape = {
    defaults: defaultsOf(schema),
    converts: new Map(
      schema.fields.flatMap((field) => {
        const convert = convertOf(field);
        return convert ? [[field.localName, convert] as const] : [];
      }),
    ),
    oneofs: new Set(schema.oneofs.map(({ localName }) => localName)),
  };
  shapes.set(schema, shape);
  return shape;
}

/** An empty message as `create` makes it, with its own prototype's fields below. */
function defaultsOf(schema: DescMessage): object {
  const empty = create(schema);
  for (const value of Object.values(empty)) if (typeof value === "object" && value !== null) Object.freeze(value);
  return empty;
}

function convertOf(field: DescField): Convert | undefined {
  const { message } = field;
  if (!message || isBare(field, message)) return undefined;
  if (field.fieldKind === "list") return (list) => (list as readonly unknown[]).map((item) => build(message, item));
  if (field.fieldKind !== "map") return (value) => build(message, value);
  return (map) =>
    Object.fromEntries(Object.entries(map as object).map(([key, value]) => [key, build(message, value)] as const));
}
