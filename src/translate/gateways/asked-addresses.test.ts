import { expect, test } from "vitest";
import { askedAddresses } from "./asked-addresses.ts";

const spec = (...values: readonly (string | undefined)[]) => ({
  addresses: values.map((value) => ({ type: "IPAddress" as const, ...(value && { value }) })),
});

test("addresses of the machine are usable, in whatever way they are written, and others are not", () => {
  const asked = spec("10.0.0.1", "2001:DB8:0::1", "10.0.0.2", undefined);
  expect(askedAddresses(asked, { localAddresses: ["10.0.0.1", "2001:db8::1"] })).toEqual({
    usable: ["10.0.0.1", "2001:DB8:0::1"],
    unusable: ["10.0.0.2"],
  });
});

test("all are usable where the machine's are not known, and names are no addresses", () => {
  const asked = {
    addresses: [{ type: "Hostname" as const, value: "a.test" }, ...spec("10.0.0.1").addresses],
  };
  expect(askedAddresses(asked)).toEqual({ usable: ["10.0.0.1"], unusable: [] });
  expect(askedAddresses({}, { localAddresses: [] })).toEqual({ usable: [], unusable: [] });
});

test("an address that nothing leads to is not usable", () => {
  expect(askedAddresses(spec("10.0.0.1", "2001:db8::1"), { unusableAddresses: ["2001:DB8:0::1"] })).toEqual({
    usable: ["10.0.0.1"],
    unusable: ["2001:db8::1"],
  });
});
