/** Quantities: numbers with a unit, as Kubernetes writes memory sizes. */
import { type Infer, intOrString, named } from "../../../schema/builder.ts";

const QUANTITY_PATTERN =
  "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$";

/** Pattern of a size: a whole number above zero, and perhaps a unit. */
export const SIZE_PATTERN = "^[1-9]+[0-9]*([EPTGMK]i|[EPTGMk])?$";

/** Any quantity, with fractions, signs and exponents (Kubernetes `resource.Quantity`). */
export const Quantity = named(
  "Quantity",
  intOrString({ pattern: QUANTITY_PATTERN }),
  "Number with an optional unit, such as `1.5Gi`, `500m` or `1e6` (Kubernetes `resource.Quantity`).",
);
export type Quantity = Infer<typeof Quantity>;

/** A size in bytes. */
export const ByteSize = named(
  "ByteSize",
  intOrString({ allOf: [{ pattern: QUANTITY_PATTERN }, { pattern: SIZE_PATTERN }] }),
  "Size in bytes: a whole number above zero, and perhaps a unit such as `Ki` or `M`.",
);
export type ByteSize = Infer<typeof ByteSize>;
