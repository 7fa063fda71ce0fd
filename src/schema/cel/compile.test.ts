import { expect, test } from "vitest";
import {
  anything,
  integer,
  intOrString,
  listOf,
  mapOf,
  number,
  object,
  optional,
  required,
  string,
} from "../builder.ts";
import { RuleCompileError } from "./ast.ts";
import { compileMessage, compileRule } from "./compile.ts";
import { type CelType, typeOf } from "./types.ts";

const Sample = object({
  name: required(string()),
  note: optional(string()),
  count: optional(integer()),
  share: optional(number()),
  port: optional(intOrString()),
  any: optional(anything()),
  time: optional(string({ format: "date-time" })),
  tags: required(listOf(string())),
  labels: optional(mapOf(string())),
  namespace: optional(string()),
  "a-b": optional(string()),
  items: required(listOf(object({ key: required(string()), value: optional(integer()) }))),
});
const type: CelType = typeOf(Sample);

const self = {
  name: "shop",
  tags: ["a", "b"],
  items: [{ key: "x", value: 1 }, { key: "y" }],
  labels: { a: "1" },
  port: 80,
  any: { deep: [1] },
  count: 5,
};

function evaluate(rule: string, value: unknown = self): unknown {
  return compileRule(rule, type)?.(value);
}

test.each([
  "self.name == 'shop' && self.name != 'x'",
  "has(self.count) && !has(self.note) && has(self.labels.a) && !has(self.labels.b)",
  "size(self.tags) == 2 && self.tags.size() == 2 && size(self.name) == 4 && size('😀') == 1 && size(self.labels) == 1",
  "self.tags.all(t, t in ['a', 'b', 'c']) && self.tags.exists(t, t == 'b') && self.tags.exists_one(t, t == 'a')",
  "self.items.filter(i, has(i.value)).size() == 1",
  "self.items.map(i, i.key) == ['x', 'y'] && self.items.map(i, has(i.value), i.value + 1) == [2]",
  "self.items.all(i, !has(i.value) || i.value < 2)",
  "self.labels.all(k, self.labels[k] == '1') && 'a' in self.labels && !('b' in self.labels)",
  "self.port == 80 && self.any.deep[0] == 1 && size(self.any.deep) == 1",
  "self.count + 1 * 2 - 3 == 4 && self.count / 2 == 2 && -5 / 2 == -2 && self.count % 3 == 2 && -self.count < 0",
  "1 < 2 && 1.5 <= 2.0 && 2 > 1.5 && 'a' < 'b' && 'a' < 'aa'",
  "self.name.matches('^s[a-z]+$') && matches(self.name, r'h') && self.name.contains('ho')",
  "self.name.startsWith('sh') && self.name.endsWith('op') && ' x '.trim() == 'x'",
  "'aBÉ'.lowerAscii() == 'abÉ' && 'aBé'.upperAscii() == 'ABé'",
  "'a,b,c'.split(',') == ['a', 'b', 'c'] && 'a,b,c'.split(',', 2) == ['a', 'b,c'] && ['a', 'b'].join('-') == 'a-b'",
  "'tacocat'.substring(4) == 'cat' && 'tacocat'.substring(0, 4) == 'taco' && 'éa'.charAt(0) == 'é'",
  "'abcabc'.indexOf('c') == 2 && 'abcabc'.lastIndexOf('c') == 5 && 'aaa'.replace('a', 'b', 2) == 'bba'",
  "duration('1h30m') == duration('90m') && duration('1.5s') > duration('1499ms') && duration('2h').getMinutes() == 120",
  "duration('1s') + duration('1s') == duration('2s')",
  "isIP('10.0.0.1') && isIP('::1') && !isIP('10.0.0.01') && !isIP('::ffff:1.2.3.4') && !isIP('x')",
  "!format.dns1123Label().validate(self.name).hasValue() && format.dns1123Label().validate('A').hasValue()",
  "!format.qualifiedName().validate('example.com/a_b').hasValue() && format.qualifiedName().validate('/x').hasValue()",
  "{'low': 1, 'high': 2}['high'] > {'low': 1}['low']",
  "self.?note.orValue('none') == 'none' && self.?name.hasValue() && self.?name.value() == 'shop'",
  "self.name == 'shop' ? true : self.items[5].key == ''",
  "string(self.count) == '5' && int('7') == 7 && double(2) == 2.0",
  "self.items[0] == self.items[0] && [1, 2] + [3] == [1, 2, 3] && 'a' + 'b' == 'ab'",
  "!has(self.__namespace__) && !has(self.namespace) && !has(self.a__dash__b) && !has(self.time)",
])("holds: %s", (rule) => {
  expect(evaluate(rule)).toBe(true);
});

test.each([
  ["self.note == ''", "no such key: note"],
  ["self.labels['b'] == ''", "no such key: b"],
  ["self.items[2].key == ''", "index out of bounds: 2"],
  ["self.any.missing == 1", "no such key: missing"],
  ["duration(self.name) > duration('1s')", 'time: invalid duration "shop"'],
  ["1 / (self.count - 5) == 0", "division by zero"],
  ["self.count * 9007199254740991 > 0", "integer overflow"],
  ["self.name.substring(9) == ''", "index out of range: 9"],
  ["self.port + 'x' == ''", "no such overload"],
  ["self.any.deep", "no such overload"],
  ["self.note == '' || self.labels.b == ''", "no such key: note"],
  ["self.items.all(i, i.value > 0)", "no such key: value"],
])("%s has no value: %s", (rule, error) => {
  const outcome = evaluate(rule);
  expect(outcome).toEqual(rule === "self.any.deep" ? false : { error });
});

test("an error counts only where the other side does not decide", () => {
  expect(evaluate("self.note == '' || true")).toBe(true);
  expect(evaluate("true || self.note == ''")).toBe(true);
  expect(evaluate("self.note == '' && false")).toBe(false);
  expect(evaluate("self.items.all(i, i.value > 5)")).toBe(false);
  expect(evaluate("self.items.exists(i, i.value == 1)")).toBe(true);
  expect(evaluate("self.items.exists_one(i, i.value == 1)")).toEqual({ error: "no such key: value" });
});

test.each([
  "self.missing == 1",
  "has(self.missing)",
  "self.items.all(i, i.missing == 1)",
  "self.name == 1",
  "self.name + 1 == 2",
  "self.name && true",
  "self.count",
  "unknown == 1",
  "self.name.nothing()",
  "size(self.count) == 1",
  "self.tags['a'] == ''",
  "self.name.all(c, true)",
  "format.nothing().validate('x').hasValue()",
  "duration('soon') > duration('1s')",
  "self.time < self.time",
  "1 in self.tags",
])("does not fit the schema: %s", (rule) => {
  expect(() => compileRule(rule, type)).toThrow(RuleCompileError);
});

test("a rule about changes does not run on create", () => {
  expect(compileRule("self.name == oldSelf.name", type)).toBeUndefined();
});

test("of a resource's metadata rules see the names only", () => {
  const resource = typeOf(object({ spec: optional(object({})) }), true);
  expect(
    compileRule("self.metadata.name == 'x' && self.kind == 'K'", resource)?.({ kind: "K", metadata: { name: "x" } }),
  ).toBe(true);
  expect(() => compileRule("self.metadata.labels == {}", resource)).toThrow(RuleCompileError);
});

test("a message can be made by an expression", () => {
  expect(compileMessage("'name ' + self.name + ' is taken'", type)(self)).toBe("name shop is taken");
  expect(compileMessage("self.note", type)(self)).toBeUndefined();
});
