import { spawn } from "node:child_process";

/** Opens an address with what the desktop has for it. Where there is no desktop, or no such program, nothing happens. */
export function openBrowser(url: string, env: Readonly<Record<string, string | undefined>>): void {
  const opener = openerFor(process.platform, env);
  if (!opener) return;
  const [program, ...args] = opener;
  const child = spawn(program, [...args, url], { detached: true, stdio: "ignore" });
  child.on("error", () => undefined);
  child.unref();
}

function openerFor(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): readonly [string, ...string[]] | undefined {
  if (platform === "darwin") return ["open"];
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return env["DISPLAY"] || env["WAYLAND_DISPLAY"] ? ["xdg-open"] : undefined;
}
