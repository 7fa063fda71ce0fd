import type { FrontendTLSValidation } from "../../api/gateway-api/gateway-tls.ts";
import type { Collection, Context, Graph } from "../../engine/index.ts";
import { type Condition, isFalse } from "../conditions.ts";
import { sameData } from "../equal.ts";
import type { ManagedGateway } from "../gateways/gateways.ts";
import type { ReferenceGrants } from "../grants.ts";
import type { ClientValidation, ListenerModel } from "../listeners/model.ts";
import type { ObjectCollections } from "../objects.ts";
import type { Resource } from "../resources.ts";
import { type CaBundle, type CaProblem, caSecret, readCaBundle } from "./ca-bundles.ts";

/** What `spec.tls.frontend` of a Gateway comes to, for one port or for all others. */
interface FrontendVerdict {
  readonly validation: ClientValidation;
  readonly problems: readonly CaProblem[];
  /** At least one authority could be read. */
  readonly isUsable: boolean;
}

/** Collections about `spec.tls.frontend` of Gateways. */
export interface FrontendTls {
  /** Authorities, by name of the secret. */
  readonly caSecrets: Collection<Resource>;
  /** Adds to a listener how its clients are checked, or what keeps them from being so. */
  apply(ctx: Context, listener: ListenerModel): ListenerModel;
}

/** Adds the client certificate checks of Gateways to the graph. A change of the authorities' content touches no listener. */
export function createFrontendTls(
  graph: Graph,
  objects: ObjectCollections,
  gateways: Collection<ManagedGateway>,
  grants: ReferenceGrants,
): FrontendTls {
  const validations = graph.expand({
    name: "frontendValidations",
    from: gateways,
    map: (gateway, key) => validationsOf(gateway, key),
    equal: sameData,
  });
  const bundles = graph.derive({
    name: "frontendCaBundles",
    from: validations,
    map: ({ gateway, namespace, validation }, _key, ctx) => {
      const from = { group: "gateway.networking.k8s.io", kind: "Gateway", namespace };
      const refs = validation?.caCertificateRefs ?? [];
      const bundle = readCaBundle(objects, refs, namespace, ctx, (to) => grants.allows(ctx, from, to));
      return { gateway, validation, bundle };
    },
    equal: sameData,
  });
  const verdicts = graph.derive({
    name: "frontendVerdicts",
    from: bundles,
    map: ({ validation, bundle }, key) => (validation ? verdictOf(validation, bundle, key) : "unchecked"),
    equal: sameData,
  });
  return {
    caSecrets: graph.expand({
      name: "frontendCaSecrets",
      from: bundles,
      map: ({ bundle }, key) => caSecret(secretName(key), bundle),
      equal: sameData,
    }),
    apply(ctx, listener) {
      if (listener.listener.protocol !== "HTTPS") return listener;
      const ofPort = ctx.get(verdicts, placeKey(listener.gateway, listener.listener.port));
      const verdict = ofPort ?? ctx.get(verdicts, placeKey(listener.gateway, "default"));
      return verdict && verdict !== "unchecked" ? withVerdict(listener, verdict) : listener;
    },
  };
}

/** Whether some clients of a Gateway are let in without a valid certificate although certificates are asked for. */
export function isInsecureFrontend({ object }: ManagedGateway): boolean {
  const { default: general, perPort = [] } = object.spec.tls?.frontend ?? {};
  const all = [general, ...perPort.map(({ tls }) => tls)];
  return all.some((tls) => tls?.validation?.mode === "AllowInsecureFallback");
}

const placeKey = (gateway: string, place: number | "default"): string => `${gateway}/${place}`;
const secretName = (place: string): string => `gateway/${place}/ca.crt`;

interface PlacedValidation {
  readonly gateway: string;
  readonly namespace: string;
  /** Absent where a port is exempted from what holds for all others. */
  readonly validation?: FrontendTLSValidation;
}

function* validationsOf({ object }: ManagedGateway, gateway: string): Generator<readonly [string, PlacedValidation]> {
  const frontend = object.spec.tls?.frontend;
  if (!frontend) return;
  const placed = (validation: FrontendTLSValidation | undefined): PlacedValidation => ({
    gateway,
    namespace: object.metadata.namespace ?? "",
    ...(validation ? { validation } : {}),
  });
  yield [placeKey(gateway, "default"), placed(frontend.default.validation)];
  for (const { port, tls } of frontend.perPort ?? []) yield [placeKey(gateway, port), placed(tls.validation)];
}

function verdictOf({ mode }: FrontendTLSValidation, { pem, problems }: CaBundle, key: string): FrontendVerdict {
  return {
    validation: { caSecret: secretName(key), isInsecure: mode === "AllowInsecureFallback" },
    problems,
    isUsable: pem !== "",
  };
}

/** Reasons of a listener's `ResolvedRefs`; a policy calls one of them otherwise. */
const reasons: Readonly<Record<CaProblem["reason"], string>> = {
  InvalidCACertificateRef: "InvalidCACertificateRef",
  InvalidKind: "InvalidCACertificateKind",
  RefNotPermitted: "RefNotPermitted",
};

/** Without any authority nobody could be told from anybody: the listener is not served. With some of them it is, and says what is wrong with the others. */
function withVerdict(listener: ListenerModel, { validation, problems, isUsable }: FrontendVerdict): ListenerModel {
  const [first] = problems;
  const message = `spec.tls.frontend: ${problems.map((problem) => problem.message).join(" ")}`;
  const unresolved = first && isFalse("ResolvedRefs", reasons[first.reason], message);
  const conditions = unresolved ? replaceTrue(listener.conditions, unresolved) : listener.conditions;
  if (isUsable) return { ...listener, conditions, clientValidation: validation };
  const none = "No CA certificate for clients can be used; see ResolvedRefs.";
  return {
    ...listener,
    isProgrammed: false,
    conditions: [isFalse("Accepted", "NoValidCACertificate", none), isFalse("Programmed", "Invalid", none)].reduce(
      replaceTrue,
      conditions,
    ),
  };
}

/** Puts a condition in the place of the one of its type, unless that one is bad news already. */
function replaceTrue(conditions: readonly Condition[], condition: Condition): readonly Condition[] {
  return conditions.map((former) => (former.type === condition.type && former.status === "True" ? condition : former));
}
