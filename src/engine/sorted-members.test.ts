import fc from "fast-check";
import { expect, test } from "vitest";
import type { Member } from "./index.ts";
import { SortedMembers, totalOrder } from "./sorted-members.ts";

const byValue = totalOrder<number>((a, b) => a.value - b.value);

test("members are always what sorting them would give, and former lists stay as they were", () => {
  const change = fc.record({ key: fc.nat(30), value: fc.option(fc.nat(5), { nil: undefined }) });
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 20 }), { maxLength: 10 }), (rounds) => {
      const sorted = new SortedMembers<number>();
      const model = new Map<string, Member<number>>();
      for (const round of rounds) {
        const former = sorted.members;
        const copy = [...former];
        for (const { key, value } of round) {
          const before = model.get(`${key}`);
          if (before) sorted.remove(before);
          model.delete(`${key}`);
          if (value === undefined) continue;
          const member = { key: `${key}`, value };
          sorted.add(member);
          model.set(member.key, member);
        }
        expect(sorted.size).toBe(model.size);
        sorted.apply(byValue);
        expect(sorted.members).toEqual([...model.values()].sort(byValue));
        expect(former).toEqual(copy);
      }
    }),
  );
});

test("an order that contradicts itself may misplace members but never loses or keeps one wrongly", () => {
  let flip = 1;
  const contradictory = totalOrder<number>(() => {
    flip = -flip;
    return flip;
  });
  const sorted = new SortedMembers<number>();
  const members = Array.from({ length: 50 }, (_, n) => ({ key: `${n}`, value: n }));
  for (const member of members) sorted.add(member);
  sorted.apply(contradictory);
  for (const member of members.slice(0, 49)) {
    sorted.remove(member);
    sorted.apply(contradictory);
  }
  expect(sorted.members).toEqual(members.slice(49));
});
