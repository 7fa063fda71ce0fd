/** Small objects for tests of policies. */
import type { KubeObject } from "../../../api/object.ts";
import { keyOf } from "../../../api/object.ts";
import { registry } from "../../../features/kinds.ts";
import { admit } from "../../../schema/admit.ts";
import { defaultTranslationOptions } from "../../options.ts";
import { Translation } from "../../translation.ts";

/** A translation with one Gateway `default/eg` of listeners `http` and `other`, and nothing else. */
export function translationWithGateway(): Translation {
  const translation = new Translation(
    defaultTranslationOptions,
    registry.kinds.map(({ kind }) => kind),
  );
  put(translation, {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: "eg" },
    spec: { controllerName: defaultTranslationOptions.controllerName },
  });
  const listener = (name: string, port: number) => ({ name, port, protocol: "HTTP" });
  put(translation, {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "eg", namespace: "default" },
    spec: { gatewayClassName: "eg", listeners: [listener("http", 8080), listener("other", 8081)] },
  });
  translation.commit();
  return translation;
}

/** Admits and writes objects; throws for bad ones. */
export function put(translation: Translation, ...objects: readonly KubeObject[]): void {
  for (const raw of objects) {
    const kind = registry.findKind(raw.apiVersion, raw.kind);
    const { object, issues } = admit(kind ?? fail(`kind ${raw.kind}`), raw);
    if (object === undefined) fail(JSON.stringify(issues));
    translation.write(raw.kind, keyOf(raw), object as KubeObject);
  }
}

function fail(what: string): never {
  throw new Error(`bad test object: ${what}`);
}

/** An HTTPRoute with a host and a rule `main` that redirects. `sectionName` names its listener. */
export function route(name: string, sectionName?: string, labels: Readonly<Record<string, string>> = {}): KubeObject {
  const redirect = { type: "RequestRedirect", requestRedirect: { port: 80 } };
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name, namespace: "default", labels },
    spec: {
      parentRefs: [{ name: "eg", ...(sectionName ? { sectionName } : {}) }],
      hostnames: [`${name}.test`],
      rules: [{ name: "main", filters: [redirect] }],
    },
  };
}

/** Where a policy is to be attached. */
export interface TestTarget {
  readonly kind: string;
  readonly name: string;
  readonly sectionName?: string;
}

/** A SecurityPolicy with a provider; `age` orders policies, the smaller the older. */
export function policy(name: string, targets: readonly TestTarget[], { age = 0, issuer = "any" } = {}): KubeObject {
  return {
    apiVersion: "gateway.envoyproxy.io/v1alpha1",
    kind: "SecurityPolicy",
    metadata: { name, namespace: "default", creationTimestamp: `2024-01-01T00:00:0${age}Z` },
    spec: {
      targetRefs: targets.map((target) => ({ group: "gateway.networking.k8s.io", ...target })),
      jwt: { providers: [{ name: "p", issuer, remoteJWKS: { uri: "https://keys.test/" } }] },
    },
  };
}
