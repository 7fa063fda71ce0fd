import type { FeatureContext } from "../../feature.ts";
import type { JWTProvider } from "./jwt.schema.ts";

const qualifiedName = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const emailAddress = /^[^@\s]+@[^@\s]+$/;

/** Reports what the schema cannot say about providers: names, issuers, and headers that Envoy would refuse. */
export function checkProviders(providers: readonly JWTProvider[], context: FeatureContext): void {
  const names = new Set<string>();
  for (const [index, provider] of providers.entries()) {
    const field = `spec.jwt.providers[${index}]`;
    if (!qualifiedName.test(provider.name)) {
      context.invalid(
        `${field}.name`,
        "must consist of letters, digits, `-`, `_` and `.`, at most 63 of them, begun and ended by a letter or digit.",
      );
    }
    if (names.has(provider.name)) {
      context.invalid(`${field}.name`, `provider ${provider.name} is there already; give each a name of its own.`);
    }
    names.add(provider.name);
    checkIssuer(provider.issuer ?? "", `${field}.issuer`, context);
    for (const [i, { header, claim }] of (provider.claimToHeaders ?? []).entries()) {
      const at = `${field}.claimToHeaders[${i}]`;
      if (!headerName.test(header)) context.invalid(`${at}.header`, `"${header}" is not the name of a header.`);
      if (claim === "") context.invalid(`${at}.claim`, "must name a claim.");
    }
  }
}

/** As in RFC 7519 (StringOrURI): a value with a colon must be a URI; ours adds that one with `@` is an e-mail address. */
function checkIssuer(issuer: string, field: string, context: FeatureContext): void {
  if (issuer.includes(":")) {
    if (!URL.canParse(issuer))
      context.invalid(field, `"${issuer}" has a colon and is not a URL; write a full one, or a plain name.`);
  } else if (issuer.includes("@") && !emailAddress.test(issuer)) {
    context.invalid(field, `"${issuer}" has an @ and is not an e-mail address.`);
  }
}
