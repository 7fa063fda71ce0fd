import { compareText } from "../../../api/object.ts";
import type { FeatureContext } from "../../feature.ts";
import type { LocalJWKS } from "./jwt.schema.ts";
import type { KeySource } from "./key-source.ts";

/** Keys from the policy itself or from a ConfigMap. Envoy would take a broken key set and refuse every token: it is refused here. */
export function localKeys(source: LocalJWKS, field: string, context: FeatureContext): KeySource | undefined {
  const place = source.type === "ValueRef" ? `${field}.valueRef` : `${field}.inline`;
  const text = source.type === "ValueRef" ? fromConfigMap(source, place, context) : (source.inline ?? "");
  if (text === undefined) return undefined;
  const problem = problemOf(text);
  if (problem !== undefined) {
    context.invalid(place, problem);
    return undefined;
  }
  return { case: "localJwks", value: { specifier: { case: "inlineString", value: text } } };
}

function fromConfigMap({ valueRef }: LocalJWKS, field: string, context: FeatureContext): string | undefined {
  if (!valueRef) return "";
  if (valueRef.group !== "" || valueRef.kind !== "ConfigMap") {
    context.invalid(field, `kind ${valueRef.kind} cannot hold keys; use a ConfigMap.`);
    return undefined;
  }
  const owner = context.ownerOf("jwt", "providers");
  const values = context.configMap(owner, valueRef.name);
  if (!values) {
    context.invalid(field, `ConfigMap ${owner.namespace}/${valueRef.name} does not exist.`);
    return undefined;
  }
  const [first] = Object.keys(values).sort(compareText);
  const text = values["jwks"] ?? (first === undefined ? undefined : values[first]);
  if (text === undefined)
    context.invalid(field, `ConfigMap ${owner.namespace}/${valueRef.name} is empty; put the key set under \`jwks\`.`);
  return text;
}

function problemOf(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "the key set is not JSON.";
  }
  const keys = typeof value === "object" && value !== null && "keys" in value ? value.keys : undefined;
  return Array.isArray(keys) && keys.length > 0
    ? undefined
    : "the key set has no `keys`; write a JSON Web Key Set (RFC 7517).";
}
