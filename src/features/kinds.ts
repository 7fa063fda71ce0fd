/**
 * All kinds this gateway knows: those of the `api` layer and the policies of this one. A new policy is registered here, and
 * loading, validation, watching and status follow from it.
 */
import { apiKinds, createRegistry } from "../api/registry.ts";
import type { PolicyKind } from "./policy-kind.ts";
import { securityPolicy } from "./security-policy/security-policy.ts";

/** Policy kinds that are attached to Gateways and routes. */
export const policyKinds: readonly PolicyKind[] = [securityPolicy];

/** The registry of all kinds. */
export const registry = createRegistry([...apiKinds, ...policyKinds.map((policy) => policy.definition)]);
