/**
 * The few pieces of the protobuf wire format that are needed to put encoded messages into others without encoding them again:
 * a repeated field of messages is the concatenation of its elements, each with tag and length in front.
 */

/** A length-delimited field: tag, length, content. */
export function lengthDelimited(field: number, content: Uint8Array): Uint8Array {
  const prefix = [...varint((field << 3) | 2), ...varint(content.length)];
  const result = new Uint8Array(prefix.length + content.length);
  result.set(prefix);
  result.set(content, prefix.length);
  return result;
}

/** An unsigned integer below 2^31 as a varint. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  bytes.push(rest);
  return bytes;
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
