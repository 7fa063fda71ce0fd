import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrame, FrameReader } from "./port-forward-frames.ts";
import { clientFrame, serverFrame } from "./testing/pod-ports.ts";

/** Lengths on both sides of where the form of a frame's length changes. */
const lengths = fc.oneof(fc.nat(300), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000));
const payloads = fc.tuple(lengths, fc.nat(255)).map(([length, seed]) => Buffer.alloc(length, Buffer.of(seed, 7, 0xff)));

test("what a client encodes is what a server reads, whatever length and mask", () => {
  fc.assert(
    fc.property(payloads, fc.uint8Array({ minLength: 4, maxLength: 4 }), (payload, mask) => {
      const frame = encodeFrame(2, payload, mask);
      expect(clientFrame(frame)).toEqual({ opcode: 2, payload, size: frame.length });
    }),
    { numRuns: 50 },
  );
});

test("frames are found in whatever pieces they come", () => {
  fc.assert(
    fc.property(fc.array(payloads, { maxLength: 4 }), fc.array(fc.nat(2_000), { maxLength: 20 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map((payload, i) => serverFrame(2, payload, i % 2 === 0)));
      const reader = new FrameReader();
      const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
      const frames = places.slice(1).flatMap((end, i) => reader.push(bytes.subarray(places[i], end)));
      expect(frames.map(({ payload, isFinal }) => [Buffer.from(payload), isFinal])).toEqual(
        sent.map((payload, i) => [payload, i % 2 === 0]),
      );
    }),
    { numRuns: 50 },
  );
});

test("a masked frame and one that is too long are refused", () => {
  expect(() => new FrameReader().push(encodeFrame(2, Buffer.of(1), Buffer.of(1, 2, 3, 4)))).toThrow("RFC 6455");
  const huge = Buffer.from([0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0]);
  expect(() => new FrameReader().push(huge)).toThrow("the server sends a frame of 1099511627776 bytes");
});
