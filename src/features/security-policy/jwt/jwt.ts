/** `spec.jwt`: requests must carry a JSON Web Token that one of the providers accepts. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type JwtAuthentication,
  JwtAuthenticationSchema,
  type JwtProvider,
  type JwtProviderSchema,
  type JwtRequirementSchema,
  PerRouteConfigSchema,
} from "../../../gen/envoy/extensions/filters/http/jwt_authn/v3/config_pb.js";
import { type FeatureContext, policyFeature } from "../../feature.ts";
import { JWT, type JWTProvider } from "./jwt.schema.ts";
import type { KeySource } from "./key-source.ts";
import { localKeys } from "./local-keys.ts";
import { checkProviders } from "./provider-checks.ts";
import { remoteKeys } from "./remote-keys.ts";

type Requirement = MessageInitShape<typeof JwtRequirementSchema>;
type Provider = Exclude<MessageInitShape<typeof JwtProviderSchema>, JwtProvider>;

/**
 * Rejects requests without a valid token with 401 and Envoy's words (`Jwt is missing`, `Jwt is expired`, …).
 * Follows `envoy.extensions.filters.http.jwt_authn.v3`: the filter's configuration has the providers of all policies and one
 * requirement for each policy, which routes name. Names are made after the policy, so that routes stay as they are when it changes.
 */
export const jwt = policyFeature("jwt", {
  schema: JWT,
  description: "Requests must carry a JSON Web Token of one of these providers.",
  httpFilter: {
    name: "envoy.filters.http.jwt_authn",
    after: ["envoy.filters.http.cors", "envoy.filters.http.ext_authz"],
    before: ["envoy.filters.http.stateful_session"],
    schema: JwtAuthenticationSchema,
  },
  translate(config, context) {
    checkProviders(config.providers, context);
    const providers: Record<string, Provider> = {};
    const requirements: Requirement[] = [];
    for (const [index, provider] of config.providers.entries()) {
      const key = `${context.id}/${provider.name}`;
      const keys = keysOf(provider, index, context);
      providers[key] = { ...providerOf(provider), ...(keys ? { jwksSourceSpecifier: keys } : {}) };
      requirements.push({ requiresType: { case: "providerName", value: key } });
    }
    if (config.failOpen) requirements.push({ requiresType: { case: "allowMissingOrFailed", value: {} } });
    else if (config.optional) requirements.push({ requiresType: { case: "allowMissing", value: {} } });
    const requirementMap = { [context.id]: anyOf(requirements) };
    context.addToFilter(JwtAuthenticationSchema, create(JwtAuthenticationSchema, { providers, requirementMap }));
    context.perRoute(
      PerRouteConfigSchema,
      create(PerRouteConfigSchema, { requirementSpecifier: { case: "requirementName", value: context.id } }),
    );
  },
});

function anyOf(
  requirements: readonly Requirement[],
): NonNullable<JwtAuthentication["requirementMap"][string]> | Requirement {
  const [only, ...others] = requirements;
  if (only && others.length === 0) return only;
  return { requiresType: { case: "requiresAny", value: { requirements: [...requirements] } } };
}

/** Everything but the keys. Scopes are lists for those who read the claims (`scope: "read write"`). */
function providerOf({ name, issuer, audiences, claimToHeaders, recomputeRoute, extractFrom }: JWTProvider): Provider {
  return {
    issuer: issuer ?? "",
    audiences: [...(audiences ?? [])],
    forward: true,
    payloadInMetadata: name,
    normalizePayloadInMetadata: { spaceDelimitedClaims: ["scope", "scp"] },
    claimToHeaders: (claimToHeaders ?? []).map(({ header, claim }) => ({ headerName: header, claimName: claim })),
    clearRouteCache: recomputeRoute === true,
    fromHeaders: (extractFrom?.headers ?? []).map(({ name: header, valuePrefix }) => ({
      name: header,
      valuePrefix: valuePrefix ?? "",
    })),
    fromCookies: [...(extractFrom?.cookies ?? [])],
    fromParams: [...(extractFrom?.params ?? [])],
  };
}

function keysOf(provider: JWTProvider, index: number, context: FeatureContext): KeySource | undefined {
  const field = `spec.jwt.providers[${index}]`;
  if (provider.remoteJWKS) return remoteKeys(provider.remoteJWKS, index, context);
  if (provider.localJWKS) return localKeys(provider.localJWKS, `${field}.localJWKS`, context);
  // Admission has refused a provider without keys; a merge may still bring one about.
  context.invalid(field, "remoteJWKS or localJWKS must be given.");
  return undefined;
}
