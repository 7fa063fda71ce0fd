/** Comparison of a text. */
import { defaulted, type Infer, named, object, oneOf, required, string } from "../../../schema/builder.ts";

/** What a text must be like. */
export const StringMatch = named(
  "StringMatch",
  object({
    type: defaulted(
      oneOf("Exact", "Prefix", "Suffix", "RegularExpression"),
      "Exact",
      "Whether `value` is all of the text, its start, its end, or an RE2 expression for all of it.",
    ),
    value: required(string({ minLength: 1, maxLength: 1024 }), "The text, or the expression."),
  }),
  "What a text must be like.",
);
export type StringMatch = Infer<typeof StringMatch>;
