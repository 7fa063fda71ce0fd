import type { MessageInitShape } from "@bufbuild/protobuf";
import type { JwtProviderSchema } from "../../../gen/envoy/extensions/filters/http/jwt_authn/v3/config_pb.js";

/** Where Envoy has the keys of a provider from. */
export type KeySource = NonNullable<MessageInitShape<typeof JwtProviderSchema>["jwksSourceSpecifier"]>;
