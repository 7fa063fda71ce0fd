/** Names of dynamic modules. */
import { string } from "../../../schema/builder.ts";

/** Name under which the EnvoyProxy lists a dynamic module. */
export const DynamicModuleName = string({ minLength: 1, maxLength: 253, pattern: "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$" });
