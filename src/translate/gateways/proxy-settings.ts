import type { EnvoyProxySpec } from "../../api/v1alpha1/envoyproxy/spec.ts";

/** Settings of an EnvoyProxy as they come out of several of them; every field may be absent, so that nobody has to set any. */
export type ProxySettings = Partial<EnvoyProxySpec>;
