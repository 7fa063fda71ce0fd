/** Compression of answers. */
import { type Infer, named, object, oneOf, optional, required } from "../../../schema/builder.ts";
import { ByteSize } from "./quantity.ts";

/** An algorithm that answers are compressed with for clients that can read it. */
export const Compression = named(
  "Compression",
  object({
    type: required(oneOf("Gzip", "Brotli", "Zstd"), "The algorithm."),
    gzip: optional(object({}), "Options of gzip."),
    brotli: optional(object({}), "Options of Brotli."),
    zstd: optional(object({}), "Options of Zstandard."),
    minContentLength: optional(ByteSize, "Size from which answers are compressed. Default: 30 bytes."),
  }),
  "An algorithm that answers are compressed with for clients that can read it.",
);
export type Compression = Infer<typeof Compression>;
