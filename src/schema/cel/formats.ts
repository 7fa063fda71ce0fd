/** The named formats of rules, `format.<name>().validate(text)`. */
import { Optional } from "./values.ts";

/** A format: what a text must match, how long it may be, and what is told otherwise. */
interface Format {
  readonly pattern: RegExp;
  readonly most: number;
  readonly message: string;
}

const LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const dnsLabel: Format = {
  pattern: new RegExp(`^${LABEL}$`),
  most: 63,
  message: "must be small letters, digits and '-', with a letter or digit at both ends",
};
const dnsSubdomain: Format = {
  pattern: new RegExp(`^${LABEL}(?:\\.${LABEL})*$`),
  most: 253,
  message: "must be small letters, digits, '-' and '.', each part with a letter or digit at both ends",
};

/** Formats by the name of the function that gives them. */
export const RULE_FORMATS: ReadonlyMap<string, Format> = new Map([
  ["dns1123Label", dnsLabel],
  ["dns1123Subdomain", dnsSubdomain],
  [
    "dns1035Label",
    {
      pattern: /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/,
      most: 63,
      message: "must be small letters, digits and '-', starting with a letter",
    },
  ],
  [
    "qualifiedName",
    {
      pattern: new RegExp(
        `^(?:(?=[^/]{1,253}/)${LABEL}(?:\\.${LABEL})*/)?(?=[^/]{1,63}$)(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$`,
      ),
      most: 317,
      message: "must be letters, digits, '-', '_' and '.' (at most 63), after an optional DNS name and '/'",
    },
  ],
  [
    "labelValue",
    {
      pattern: /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
      most: 63,
      message: "must be letters, digits, '-', '_' and '.', with a letter or digit at both ends",
    },
  ],
]);

/** What is wrong with the text: nothing (an absent value), or a list of complaints. */
export function validateFormat(format: Format, text: string): Optional {
  if (text.length > format.most) return new Optional([`must have at most ${format.most} characters`]);
  return format.pattern.test(text) ? new Optional() : new Optional([format.message]);
}
