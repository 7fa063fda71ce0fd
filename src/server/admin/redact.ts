/** What stands where something secret was. */
const redacted = "[redacted]";

type Json = unknown;

/** An object of the API with the values of a Secret masked; its keys stay. */
export function redactObject(object: { readonly kind: string }): Json {
  if (object.kind !== "Secret") return object;
  const { data, stringData, ...rest } = object as Readonly<Record<string, unknown>>;
  return {
    ...rest,
    ...(isFields(data) && { data: masked(data) }),
    ...(isFields(stringData) && { stringData: masked(stringData) }),
  };
}

function masked(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.keys(values).map((key) => [key, redacted]));
}

/** Fields of Envoy's configuration that hold secrets, in both spellings of JSON; Envoy marks them as sensitive in its protos. */
const sensitive: ReadonlySet<string> = new Set([
  "privateKey",
  "private_key",
  "pkcs12",
  "password",
  "sessionTicketKeys",
  "session_ticket_keys",
  "genericSecret",
  "generic_secret",
]);

/** Envoy configuration as JSON with private keys, passwords and tokens masked. File names stay: they are no secrets. */
export function redactEnvoyConfig(value: Json): Json {
  if (Array.isArray(value)) return value.map(redactEnvoyConfig);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      sensitive.has(name) ? maskSource(member) : redactEnvoyConfig(member),
    ]),
  );
}

/** A DataSource says where its bytes are; only bytes that are in it are masked. */
function maskSource(value: Json): Json {
  if (Array.isArray(value)) return value.map(maskSource);
  if (!isFields(value)) return redacted;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === "filename" || name === "environmentVariable" ? member : maskSource(member),
    ]),
  );
}

function isFields(value: Json): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
