/** Fields that have a place of their own in a line. */
const placed: ReadonlySet<string> = new Set(["ts", "level", "logger", "msg", "component"]);

/**
 * A log line for people, from the JSON one: `2026-01-02T03:04:05.678Z INFO  xds  message  key=value`. The stack of an error
 * follows on lines of its own.
 */
export function textLine(json: string): string {
  const fields = JSON.parse(json) as Record<string, unknown>;
  const level = String(fields["level"] ?? "").toUpperCase();
  const pairs: string[] = [];
  const stacks: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (placed.has(name)) continue;
    const stack = stackOf(value);
    if (stack === undefined) pairs.push(`${name}=${plain(value)}`);
    else stacks.push(stack);
  }
  const head = `${fields["ts"]} ${level.padEnd(5)} ${fields["logger"] ?? ""}  ${fields["msg"] ?? ""}`;
  return `${[head, ...pairs].join("  ")}\n${stacks.map((stack) => `    ${stack.replaceAll("\n", "\n    ")}\n`).join("")}`;
}

function plain(value: unknown): string {
  if (typeof value === "string") return /[\s"=]/.test(value) || value === "" ? JSON.stringify(value) : value;
  return JSON.stringify(value);
}

function stackOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("stack" in value)) return undefined;
  return typeof value.stack === "string" ? value.stack : undefined;
}
