import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeDeltaRequest, decodeSotwRequest } from "./messages.ts";
import { FieldReader, Parts, WireError } from "./wire.ts";

const field = fc.integer({ min: 1, max: 15 });

test("what is joined from parts is read back, at any length", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(field, fc.string({ unit: "grapheme", maxLength: 300 }))), (fields) => {
      const parts = new Parts();
      for (const [number, text] of fields) parts.element(number, text);
      const message = parts.join();
      expect(message).toHaveLength(parts.length);
      const reader = new FieldReader(message);
      const read: [number, string][] = [];
      while (reader.next()) read.push([reader.field, reader.string()]);
      expect(read).toEqual(fields);
    }),
  );
});

test("a nested message is read without its surroundings, and fields not asked for are skipped", () => {
  const inner = new Parts().bytes(1, "x".repeat(20_000)).bytes(2, "inner");
  const reader = new FieldReader(new Parts().bytes(7, "skipped").message(3, inner).bytes(4, "after").join());
  const read: string[] = [];
  while (reader.next()) {
    if (reader.field === 3) {
      const nested = reader.message();
      while (nested.next()) if (nested.field === 2) read.push(nested.string());
    }
    if (reader.field === 4) read.push(reader.string());
  }
  expect(read).toEqual(["inner", "after"]);
});

test.each([
  ["a length beyond the end", [0x0a, 5, 1]],
  ["an end inside a number", [0x08, 0x80]],
  ["a number of eleven bytes", [0x08, ...Array<number>(11).fill(0xff)]],
  ["field number 0", [0x02, 0]],
  ["a group", [0x0b]],
  ["a huge length", [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
])("%s is a WireError", (_, bytes) => {
  const reader = new FieldReader(Buffer.from(bytes));
  expect(() => {
    while (reader.next());
  }).toThrow(WireError);
});

test("any bytes are either a request or a WireError", () => {
  const valid = new Parts()
    .message(1, new Parts().bytes(1, "node").bytes(2, "fleet"))
    .bytes(2, "type")
    .bytes(3, "name")
    .message(5, new Parts().bytes(1, "name").bytes(2, "version"))
    .message(7, new Parts().bytes(2, "refused"))
    .join();
  const mutated = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 }).map((changes) => {
    const bytes = Buffer.from(valid);
    for (const [index, value] of changes) bytes[index] = value;
    return bytes;
  });
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(mutated, random), (bytes) => {
      for (const decode of [decodeDeltaRequest, decodeSotwRequest]) {
        try {
          decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }
    }),
    { numRuns: 2_000 },
  );
});
