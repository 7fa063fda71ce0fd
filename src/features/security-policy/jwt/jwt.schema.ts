/** `spec.jwt` of a SecurityPolicy, as users write it. */

import { Duration } from "../../../api/gateway-api/names.ts";
import { LocalObjectReference } from "../../../api/gateway-api/references.ts";
import { backendClusterFields, noSingleBackendRef } from "../../../api/v1alpha1/shared/backend-cluster.ts";
import {
  boolean,
  defaulted,
  type Infer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";

/** Keys fetched by Envoy over HTTP. */
export const RemoteJWKS = named(
  "RemoteJWKS",
  object(
    {
      ...backendClusterFields,
      uri: required(
        string({ minLength: 1, maxLength: 253 }),
        "URL of the key set. Its host is asked, unless `backendRefs` say whom to ask instead.",
      ),
      cacheDuration: defaulted(Duration, "300s", "How long fetched keys are used before they are fetched again."),
      failedRefetchDuration: optional(Duration, "Wait after a failed fetch before the next. Default: 1s."),
    },
    noSingleBackendRef,
    rule(
      "has(self.backendSettings)? (has(self.backendSettings.retry)?(has(self.backendSettings.retry.perRetry)? !has(self.backendSettings.retry.perRetry.timeout):true):true):true",
      "backendSettings.retry.perRetry.timeout cannot be set for the fetch of keys",
    ),
    rule(
      "has(self.backendSettings)? (has(self.backendSettings.retry)?(has(self.backendSettings.retry.retryOn)? !has(self.backendSettings.retry.retryOn.httpStatusCodes):true):true):true",
      "backendSettings.retry.retryOn.httpStatusCodes cannot be set for the fetch of keys",
    ),
  ),
  "Keys fetched by Envoy over HTTP.",
);
export type RemoteJWKS = Infer<typeof RemoteJWKS>;

/** Keys that stand in the policy or in a ConfigMap. */
export const LocalJWKS = named(
  "LocalJWKS",
  object(
    {
      type: defaulted(oneOf("Inline", "ValueRef"), "Inline", "Where the keys are: `Inline` or `ValueRef`.", {
        required: true,
      }),
      inline: optional(string(), "The key set itself, as JSON (RFC 7517)."),
      valueRef: optional(
        LocalObjectReference,
        "ConfigMap in the policy's namespace with the key set under `jwks`, or else under its first key.",
      ),
    },
    rule(
      "(self.type == 'Inline' && has(self.inline) && !has(self.valueRef)) || (self.type == 'ValueRef' && !has(self.inline) && has(self.valueRef))",
      "type Inline goes with inline alone, type ValueRef with valueRef alone",
    ),
  ),
  "Keys that stand in the policy or in a ConfigMap.",
);
export type LocalJWKS = Infer<typeof LocalJWKS>;

/** Places of a request where a token may be. */
export const JWTExtractor = named(
  "JWTExtractor",
  object({
    headers: optional(
      listOf(
        object({
          name: required(string(), "Name of the header."),
          valuePrefix: optional(
            string(),
            "What stands in front of the token in the header's value, such as `Bearer `.",
          ),
        }),
      ),
      "Headers.",
    ),
    cookies: optional(listOf(string()), "Names of cookies."),
    params: optional(listOf(string()), "Names of query parameters."),
  }),
  "Places of a request where a token may be.",
);
export type JWTExtractor = Infer<typeof JWTExtractor>;

/** Somebody whose tokens are accepted. */
export const JWTProvider = named(
  "JWTProvider",
  object(
    {
      name: required(
        string({ minLength: 1, maxLength: 253 }),
        "Name of the provider, unique in the policy. Verified claims are in Envoy's dynamic metadata under it.",
      ),
      issuer: optional(
        string({ maxLength: 253 }),
        "Required value of the claim `iss`: a URL, an e-mail address or another name. Default: every issuer.",
      ),
      audiences: optional(
        listOf(string(), { maxItems: 8 }),
        "Accepted values of the claim `aud`; a token must have one of them. Default: every audience.",
      ),
      remoteJWKS: optional(RemoteJWKS, "Keys fetched by Envoy."),
      localJWKS: optional(LocalJWKS, "Keys given here."),
      claimToHeaders: optional(
        listOf(
          object({
            header: required(string(), "Header that the backend gets."),
            claim: required(string(), "Claim that it is made from; a dot leads into nested claims."),
          }),
        ),
        "Claims of the verified token that are told to the backend as headers.",
      ),
      recomputeRoute: optional(
        boolean(),
        "Whether the route is chosen once more when the claims are in the headers, so that routes can match them. Default: false.",
      ),
      extractFrom: optional(
        JWTExtractor,
        "Where the token is. Default: header `Authorization` after `Bearer `, or query parameter `access_token`.",
      ),
    },
    rule(
      "(has(self.recomputeRoute) && self.recomputeRoute) ? size(self.claimToHeaders) > 0 : true",
      "recomputeRoute needs claimToHeaders",
    ),
    rule("has(self.remoteJWKS) || has(self.localJWKS)", "remoteJWKS or localJWKS must be given"),
    rule("!(has(self.remoteJWKS) && has(self.localJWKS))", "remoteJWKS and localJWKS cannot be given both"),
  ),
  "Somebody whose tokens are accepted.",
);
export type JWTProvider = Infer<typeof JWTProvider>;

/** Requests must carry a JSON Web Token of one of the providers. */
export const JWT = named(
  "JWT",
  object(
    {
      optional: optional(
        boolean(),
        "Whether requests without a token pass. One that is there must be valid all the same. Default: false.",
      ),
      failOpen: optional(
        boolean(),
        "Whether requests pass with a bad token too. Only verified claims are told to the backend. Default: false.",
      ),
      providers: required(
        listOf(JWTProvider, { minItems: 1, maxItems: 16 }),
        "Whose tokens are accepted; one must accept it.",
      ),
    },
    rule("!(has(self.optional) && has(self.failOpen))", "optional and failOpen cannot be given both"),
  ),
  "Requests must carry a JSON Web Token of one of the providers.",
);
export type JWT = Infer<typeof JWT>;
