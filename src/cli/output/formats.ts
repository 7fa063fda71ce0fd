import { Option } from "commander";

/** Formats of machine-readable output. */
export type Format = "yaml" | "json";

const formats: readonly Format[] = ["yaml", "json"];

/** The option that chooses a format. */
export function outputOption(usual: Format | undefined): Option {
  const option = new Option("-o, --output <format>", "how to print").choices([...formats]);
  return usual ? option.default(usual) : option;
}

/** A value in a format. The YAML writer is loaded when it is needed. */
export async function formatted(value: unknown, format: Format): Promise<string> {
  if (format === "json") return `${JSON.stringify(value, undefined, 2)}\n`;
  const { dump } = await import("js-yaml");
  return dump(value, { noRefs: true, lineWidth: -1 });
}
