/** Addresses outside Kubernetes: a name, an IP address, or a Unix socket. */
import { type Infer, integer, named, object, required, string } from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";

const Port = integer({ format: "int32", minimum: 0, maximum: 65535 });

/** A host by its DNS name. */
export const FQDNEndpoint = named(
  "FQDNEndpoint",
  object({
    hostname: required(
      string({
        minLength: 1,
        maxLength: 253,
        pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\.?$",
      }),
      "DNS name; a dot at its end keeps search domains out.",
    ),
    port: required(Port, "Port."),
  }),
  "A host by its DNS name.",
);
export type FQDNEndpoint = Infer<typeof FQDNEndpoint>;

const IP_PATTERN =
  "^((25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\\.){3}(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)$|^(([0-9a-fA-F]{1,4}:){1,7}[0-9a-fA-F]{1,4}|::|(([0-9a-fA-F]{1,4}:){0,5})?(:[0-9a-fA-F]{1,4}){1,2})$";

/** A host by its IP address. */
export const IPEndpoint = named(
  "IPEndpoint",
  object({
    address: required(string({ minLength: 3, maxLength: 45, pattern: IP_PATTERN }), "IPv4 or IPv6 address."),
    port: required(Port, "Port."),
  }),
  "A host by its IP address.",
);
export type IPEndpoint = Infer<typeof IPEndpoint>;

/** A Unix domain socket. */
export const UnixSocket = named(
  "UnixSocket",
  object({
    path: required(
      string({}, rule("size(self) <= 108", "path of a Unix socket may have 108 characters at most")),
      "Path of the socket in the proxy's file system; `@` at its start means the abstract name space.",
    ),
  }),
  "A Unix domain socket.",
);
export type UnixSocket = Infer<typeof UnixSocket>;
