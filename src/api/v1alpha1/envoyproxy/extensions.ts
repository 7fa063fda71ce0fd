/** What is loaded into the proxies from outside: dynamic modules and databases of places. */
import {
  boolean,
  defaulted,
  type Infer,
  listOf,
  named,
  object,
  oneOf,
  optional,
  required,
  string,
} from "../../../schema/builder.ts";
import { rule } from "../../../schema/rules.ts";
import { DynamicModuleName } from "../shared/dynamic-module-name.ts";

/** A dynamic module: a shared library that adds to Envoy. */
export const DynamicModuleEntry = named(
  "DynamicModuleEntry",
  object({
    name: required(DynamicModuleName, "Name by which policies refer to the module."),
    source: required(
      object(
        {
          type: defaulted(oneOf("Local", "Remote"), "Local", "Where the library is."),
          local: optional(
            object({ path: required(string({ minLength: 1, maxLength: 4096 }), "Path in the proxy's file system.") }),
            "A file.",
          ),
          remote: optional(
            object({
              url: required(
                string({ minLength: 1, maxLength: 4096, pattern: "^https?://[^/?#]+(?:[/?#].*)?$" }),
                "Where the library is fetched from.",
              ),
              sha256: required(string({ pattern: "^[a-f0-9]{64}$" }), "Checksum it must have."),
            }),
            "A library that is fetched.",
          ),
        },
        rule(
          "self.type == 'Remote' ? has(self.remote) : !has(self.remote)",
          "remote must be given for type Remote, and only then",
        ),
        rule("self.type != 'Local' || has(self.local)", "local must be given for type Local"),
        rule("self.type == 'Remote' ? !has(self.local) : true", "local cannot be given for type Remote"),
      ),
      "Where the library is.",
    ),
    doNotClose: defaulted(boolean(), false, "Whether the library stays loaded once it was."),
    loadGlobally: defaulted(boolean(), false, "Whether other libraries see its symbols."),
  }),
  "A dynamic module: a shared library that adds to Envoy.",
);
export type DynamicModuleEntry = Infer<typeof DynamicModuleEntry>;

/** Dynamic modules that policies may use. */
export const DynamicModules = listOf(DynamicModuleEntry, { listType: "map", listMapKeys: ["name"], maxItems: 16 });

const Database = named(
  "GeoIPDBSource",
  object({
    local: required(
      object({ path: required(string({ pattern: "^.*\\.mmdb$" }), "Path in the proxy's file system.") }),
      "A file.",
    ),
  }),
  "Where a database is.",
);

/** Databases that tell where an address is. */
export const EnvoyProxyGeoIP = named(
  "EnvoyProxyGeoIP",
  object({
    provider: required(
      object(
        {
          type: required(oneOf("MaxMind"), "Kind of the databases."),
          maxMind: optional(
            object(
              {
                cityDbSource: optional(Database, "Cities."),
                countryDbSource: optional(Database, "Countries."),
                asnDbSource: optional(Database, "Autonomous systems."),
                ispDbSource: optional(Database, "Providers."),
                anonymousIpDbSource: optional(Database, "Anonymizing services."),
              },
              rule(
                "has(self.cityDbSource) || has(self.countryDbSource) || has(self.asnDbSource) || has(self.ispDbSource) || has(self.anonymousIpDbSource)",
                "one of the databases must be given",
              ),
            ),
            "MaxMind's databases.",
          ),
        },
        rule("self.type == 'MaxMind' ? has(self.maxMind) : true", "maxMind must be given for type MaxMind"),
      ),
      "Who the databases are from.",
    ),
  }),
  "Databases that tell where an address is.",
);
export type EnvoyProxyGeoIP = Infer<typeof EnvoyProxyGeoIP>;
