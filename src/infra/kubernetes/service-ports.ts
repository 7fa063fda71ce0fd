import { isObject } from "../../translate/json-merge.ts";

interface Port {
  readonly port?: number;
  readonly protocol?: string;
}

/** Name of the field by which {@link withPortKeys} lets a merge find ports. */
export const portKey = "key";

interface ServiceView {
  readonly spec?: { readonly ports?: readonly Port[] };
}

/**
 * A Service and its patch with a key in each port. Kubernetes' own, the number, is none where a Service has TCP and UDP on one number:
 * there, the protocol tells which one is meant.
 */
export function withPortKeys<S extends object, P extends object>(service: S, patch: P): readonly [S, P] {
  const own = portsOf(service);
  return [mapPorts(service, keyOf), mapPorts(patch, (port) => keyOfPatch(port, own))];
}

/** The Service without them. */
export function withoutPortKeys<S extends object>(service: S): S {
  return mapPorts(service, () => undefined);
}

function keyOf({ port, protocol = "TCP" }: Port): string {
  return `${port}/${protocol}`;
}

/** A number that is there once is meant whatever the protocol, which the patch may change. */
function keyOfPatch(port: Port, own: readonly Port[]): string | undefined {
  if (port.port === undefined) return undefined;
  const sameNumber = own.filter((one) => one.port === port.port);
  const [only] = sameNumber;
  return only && sameNumber.length === 1 ? keyOf(only) : keyOf(port);
}

function portsOf(service: object): readonly Port[] {
  const { ports } = (service as ServiceView).spec ?? {};
  return Array.isArray(ports) ? ports : [];
}

function mapPorts<T extends object>(service: T, key: (port: Port) => string | undefined): T {
  const { spec } = service as ServiceView;
  if (!Array.isArray(spec?.ports)) return service;
  const ports = spec.ports.map((port: Port) => (isObject(port) ? keyed(port, key(port)) : port));
  return { ...service, spec: { ...spec, ports } };
}

function keyed(port: object, key: string | undefined): object {
  const { [portKey]: _, ...fields } = port as { readonly [field: string]: unknown };
  return key === undefined ? fields : { ...fields, [portKey]: key };
}
