/**
 * The part of protobuf's wire format that discovery messages need. Written by hand because everything we send is
 * encoded already and only wrapped here, and because the generated modules of these messages would pull in half of
 * Envoy's API at start-up. Format: https://protobuf.dev/programming-guides/encoding/
 */

/** Wire types that occur in proto3 messages; the group types 3 and 4 are refused. */
const varintType = 0;
const fixed64Type = 1;
const bytesType = 2;
const fixed32Type = 5;

/** A message that is not protobuf. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Walks the fields of one message; `next()` moves on, and the value is read by at most one of the readers. */
export class FieldReader {
  /** Number of the field `next()` stopped at. */
  field = 0;
  readonly #buffer: Buffer;
  readonly #end: number;
  #position: number;
  #type = varintType;
  #unread = false;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer;
    this.#position = start;
    this.#end = end;
  }

  /** Goes to the next field; `false` at the end. Throws `WireError` where the message is broken. */
  next(): boolean {
    if (this.#unread) this.#skip();
    if (this.#position === this.#end) return false;
    const tag = this.#readVarint();
    this.field = Math.floor(tag / 8);
    this.#type = tag % 8;
    if (this.field === 0) throw new WireError("field number 0");
    this.#unread = true;
    return true;
  }

  /** The value of a varint field, exact up to 2^53. */
  number(): number {
    if (this.#type !== varintType) throw new WireError(`field ${this.field} is not a number`);
    this.#unread = false;
    return this.#readVarint();
  }

  /** The value of a string field. */
  string(): string {
    const [start, end] = this.#range();
    return this.#buffer.toString("utf8", start, end);
  }

  /** A reader for the message in this field. */
  message(): FieldReader {
    const [start, end] = this.#range();
    return new FieldReader(this.#buffer, start, end);
  }

  #range(): readonly [number, number] {
    if (this.#type !== bytesType) throw new WireError(`field ${this.field} has no length`);
    this.#unread = false;
    const length = this.#readVarint();
    const start = this.#position;
    this.#advance(length);
    return [start, start + length];
  }

  #skip(): void {
    this.#unread = false;
    if (this.#type === varintType) this.#readVarint();
    else if (this.#type === bytesType) this.#advance(this.#readVarint());
    else if (this.#type === fixed64Type) this.#advance(8);
    else if (this.#type === fixed32Type) this.#advance(4);
    else throw new WireError(`wire type ${this.#type}`);
  }

  #advance(length: number): void {
    if (length > this.#end - this.#position) throw new WireError("message ends inside a field");
    this.#position += length;
  }

  #readVarint(): number {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (this.#position >= this.#end) throw new WireError("message ends inside a number");
      const byte = this.#buffer[this.#position++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new WireError("number is longer than 10 bytes");
  }
}

/** Length of `value` as a varint. */
function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

/** A part that starts a length-delimited field is kept as one number: field number and length. */
const fieldFactor = 2 ** 40;

/**
 * Collects the parts of a message without copying them; they are written into one buffer at the very end. Field
 * numbers are below 16, so that each tag is one byte.
 */
export class Parts {
  readonly #parts: (Uint8Array | string | number)[] = [];
  /** Length of the message in bytes. */
  length = 0;

  /** Appends bytes as they are. */
  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    this.length += bytes.length;
    return this;
  }

  /** Appends a string or bytes field; an empty one is left out, as proto3 does. */
  bytes(field: number, value: string | Uint8Array): this {
    return value.length === 0 ? this : this.element(field, value);
  }

  /** Appends one element of a repeated field, which is written even when empty. */
  element(field: number, value: string | Uint8Array): this {
    const length = typeof value === "string" ? Buffer.byteLength(value) : value.length;
    this.#start(field, length);
    this.#parts.push(value);
    this.length += length;
    return this;
  }

  /** Appends a message field, which is written even when empty. */
  message(field: number, parts: Parts): this {
    this.#start(field, parts.length);
    for (const part of parts.#parts) this.#parts.push(part);
    this.length += parts.length;
    return this;
  }

  /** One buffer of all parts. */
  join(): Buffer {
    const buffer = Buffer.allocUnsafeSlow(this.length);
    this.copy(buffer, 0);
    return buffer;
  }

  /** The same as `length`, under the name a Buffer has for it. */
  get byteLength(): number {
    return this.length;
  }

  /** Writes all parts into `buffer`, from `start` on. With `byteLength`, all that gRPC asks of a message before it sends it. */
  copy(buffer: Buffer, start: number): void {
    let position = start;
    for (const part of this.#parts) {
      if (typeof part === "number") position = writeStart(buffer, position, part);
      else if (typeof part === "string") position += buffer.write(part, position);
      else {
        buffer.set(part, position);
        position += part.length;
      }
    }
  }

  #start(field: number, length: number): void {
    this.#parts.push(field * fieldFactor + length);
    this.length += 1 + varintLength(length);
  }
}

function writeStart(buffer: Buffer, start: number, part: number): number {
  let position = start;
  buffer[position++] = Math.floor(part / fieldFactor) * 8 + bytesType;
  let rest = part % fieldFactor;
  for (; rest >= 128; rest = Math.floor(rest / 128)) buffer[position++] = (rest % 128) + 128;
  buffer[position++] = rest;
  return position;
}
