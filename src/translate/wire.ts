/**
 * The few pieces of the protobuf wire format that are needed to put encoded messages into others without encoding them again:
 * a repeated field of messages is the concatenation of its elements, each with tag and length in front.
 */

/** A length-delimited field: tag, length, content. */
export function lengthDelimited(field: number, content: Uint8Array): Uint8Array {
  const tag = (field << 3) | 2;
  const start = varintLength(tag) + varintLength(content.length);
  const result = new Uint8Array(start + content.length);
  writeVarint(content.length, result, writeVarint(tag, result, 0));
  result.set(content, start);
  return result;
}

/** A field that holds a text. */
export function stringField(field: number, text: string): Uint8Array {
  return lengthDelimited(field, Buffer.from(text));
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest > 127; rest >>>= 7) length++;
  return length;
}

/** Writes a varint and returns the position after it. */
function writeVarint(value: number, into: Uint8Array, position: number): number {
  let at = position;
  let rest = value;
  for (; rest > 127; rest >>>= 7) into[at++] = (rest & 127) | 128;
  into[at++] = rest;
  return at;
}

/** Joins byte arrays into one. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const result = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
