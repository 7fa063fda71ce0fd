/** Status codes of HTTP answers. */
import { type Infer, integer, named } from "../../../schema/builder.ts";

/** A status code. */
export const HTTPStatus = named(
  "HTTPStatus",
  integer({ minimum: 100, maximum: 599 }),
  "Status code of an HTTP answer.",
);
export type HTTPStatus = Infer<typeof HTTPStatus>;
