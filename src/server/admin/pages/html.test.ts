import fc from "fast-check";
import { expect, test } from "vitest";
import { html } from "./html.ts";

test("what is inserted is text, whatever it holds", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const page = html`<p title="${text}">${text}</p>`.text;
      expect(page.match(/[<>]/g)).toHaveLength(4);
      expect(page.match(/"/g)).toHaveLength(2);
    }),
  );
});

test("markup and lists are inserted as they are, nothing for what is not there", () => {
  const items = ["a&b", 1].map((item) => html`<li>${item}</li>`);
  expect(html`<ul>${items}${false}${undefined}</ul>`.text).toBe("<ul><li>a&amp;b</li><li>1</li></ul>");
});
