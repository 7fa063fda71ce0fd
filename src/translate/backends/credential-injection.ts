/** Credentials that are put into requests on their way to a cluster. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { CredentialInjectorSchema } from "../../gen/envoy/extensions/filters/http/credential_injector/v3/credential_injector_pb.js";
import { UpstreamCodecSchema } from "../../gen/envoy/extensions/filters/http/upstream_codec/v3/upstream_codec_pb.js";
import type { HttpFilterSchema } from "../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js";
import { GenericSchema } from "../../gen/envoy/extensions/http/injected_credentials/generic/v3/generic_pb.js";
import { ads, anyOf } from "../encode.ts";

/** A credential that was found. */
export interface InjectedCredential {
  /** Name of the SDS secret that holds it: configuration shows where it is, never what it is. */
  readonly secret: string;
  /** Header that gets it; absent: Authorization. */
  readonly header?: string;
  /** Whether a header of that name is replaced; if not, a request that has one goes on as it is. */
  readonly overwrite: boolean;
}

/**
 * A cluster's own HTTP filters, for `HttpProtocolOptions.http_filters`; none without credentials. A cluster is not used before it has
 * its secrets, so that no request is sent without, and a chain of a listener need not know any.
 */
export function credentialFilters(
  credentials: readonly InjectedCredential[] = [],
): MessageInitShape<typeof HttpFilterSchema>[] {
  return credentials.length === 0 ? [] : [...credentials.map(injector), codec];
}

function injector({ secret, header, overwrite }: InjectedCredential): MessageInitShape<typeof HttpFilterSchema> {
  const generic = create(GenericSchema, {
    credential: { name: secret, sdsConfig: ads() },
    ...(header === undefined ? {} : { header }),
  });
  const config = create(CredentialInjectorSchema, {
    overwrite,
    credential: { name: "envoy.http.injected_credentials.generic", typedConfig: anyOf(GenericSchema, generic) },
  });
  return {
    name: "envoy.filters.http.credential_injector",
    configType: { case: "typedConfig", value: anyOf(CredentialInjectorSchema, config) },
  };
}

/** Every chain of a cluster ends with it. */
const codec: MessageInitShape<typeof HttpFilterSchema> = {
  name: "envoy.filters.http.upstream_codec",
  configType: { case: "typedConfig", value: anyOf(UpstreamCodecSchema, create(UpstreamCodecSchema)) },
};
