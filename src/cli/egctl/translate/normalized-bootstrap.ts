import { fromJson, type JsonObject, type JsonValue, toJson } from "@bufbuild/protobuf";
import { BootstrapSchema } from "../../../gen/envoy/config/bootstrap/v3/bootstrap_pb.js";
import { registryFor } from "../../../server/admin/message-types.ts";

/** A bootstrap in the spelling of all other output (`staticResources`), durations and enums as protobuf's JSON has them. */
export async function normalizedBootstrap(bootstrap: object): Promise<JsonObject> {
  const text = JSON.stringify(bootstrap);
  const registry = await registryFor([Buffer.from(text)]);
  return toJson(BootstrapSchema, fromJson(BootstrapSchema, JSON.parse(text) as JsonValue, { registry }), {
    registry,
  }) as JsonObject;
}
