import fc from "fast-check";
import { expect, test } from "vitest";
import { linesOf } from "./lines.ts";

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (let i = 0; start < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function collect(text: string, sizes: readonly number[]): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(chunksOf(Buffer.from(text), sizes))) lines.push(line);
  return lines;
}

test("lines are the same however the stream is cut, within characters, too", async () => {
  const text = fc.array(
    fc.string({ unit: "binary", maxLength: 20 }).map((line) => line.toWellFormed().replaceAll("\n", "")),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      async (lines, sizes) => {
        const whole = lines.map((line) => `${line}\n`).join("");
        expect(await collect(whole, sizes)).toEqual(lines.filter((line) => line !== ""));
      },
    ),
  );
});

test("line separators of Unicode end no line", async () => {
  expect(await collect('{"a":"x\u2028y"}\n', [3])).toEqual(['{"a":"x\u2028y"}']);
});

test("a last line without an end is left out", async () => {
  expect(await collect('{"a":1}\n{"b":', [5])).toEqual(['{"a":1}']);
});
