/** The services of the tests, from their `.proto` files. */
import { join } from "node:path";
import { loadPackageDefinition, type ServiceClientConstructor, type ServiceDefinition } from "@grpc/grpc-js";
import { loadSync, type PackageDefinition } from "@grpc/proto-loader";

const files = ["calls.proto", "reflection.proto", "yages.proto"].map((file) => join(import.meta.dirname, file));

/** All messages and services by their full names. */
export const definitions: PackageDefinition = loadSync(files, { keepCase: true, defaults: true, oneofs: true });

const constructors = new Map<string, ServiceClientConstructor>();
collect(loadPackageDefinition(definitions), "");

/** Names of the services. */
export const serviceNames: readonly string[] = [...constructors.keys()].sort();

/** Makes clients of a service: `yages.Echo`. */
export function clientOf(service: string): ServiceClientConstructor {
  const found = constructors.get(service);
  if (!found) throw new Error(`no service ${service}; there are ${serviceNames.join(", ")}`);
  return found;
}

/** What a server needs to offer a service. */
export function serviceOf(service: string): ServiceDefinition {
  return clientOf(service).service;
}

function collect(tree: object, prefix: string): void {
  for (const [name, value] of Object.entries(tree)) {
    const full = prefix === "" ? name : `${prefix}.${name}`;
    if (typeof value === "function" && "service" in value) constructors.set(full, value);
    else if (typeof value === "object" && value !== null && !("format" in value)) collect(value, full);
  }
}
