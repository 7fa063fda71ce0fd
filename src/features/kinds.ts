/**
 * All kinds this gateway knows: those of the `api` layer and the policies of this one. A new policy is registered here, and
 * loading, validation, watching and status follow from it.
 */
import { apiKinds, createRegistry, type KindDefinition } from "../api/registry.ts";

const policyKinds: readonly KindDefinition[] = [];

/** The registry of all kinds. */
export const registry = createRegistry([...apiKinds, ...policyKinds]);
