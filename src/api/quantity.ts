const factors: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Bytes of a Kubernetes quantity such as `32Mi`; `undefined` if it is none. */
export function quantityBytes(quantity: string | number): number | undefined {
  const [, number, unit] = /^([0-9]+(?:\.[0-9]+)?)([kMGTPE]i?|Ki)?$/.exec(String(quantity)) ?? [];
  const factor = factors[unit ?? ""];
  return number === undefined || factor === undefined ? undefined : Math.floor(Number(number) * factor);
}
