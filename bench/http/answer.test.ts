import fc from "fast-check";
import { expect, test } from "vitest";
import { readAnswer } from "./answer.ts";

const plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nb1";
const chunked =
  "HTTP/1.1 503 Service Unavailable\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
const empty = "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n";

test("status, body and length of an answer are read", () => {
  expect(readAnswer(plain)).toEqual({ answer: { status: 200, body: "b1", closes: false }, length: plain.length });
  expect(readAnswer(chunked)?.answer).toEqual({ status: 503, body: "abc0123456789", closes: false });
  expect(readAnswer(empty)?.answer).toEqual({ status: 404, body: "", closes: true });
});

test("what follows an answer is left", () => {
  for (const answer of [plain, chunked, empty]) expect(readAnswer(answer + plain)?.length).toBe(answer.length);
});

test("no part of an answer passes for an answer", () => {
  fc.assert(
    fc.property(fc.constantFrom(plain, chunked, empty), fc.nat(), (answer, cut) => {
      expect(readAnswer(answer.slice(0, cut % answer.length))).toBeUndefined();
    }),
  );
});
