import type { GatewayServer } from "../server/gateway-server.ts";
import type { CliContext } from "./context.ts";

/**
 * Keeps a started server up until the process is asked to end, then stops it: Envoys drain and end. Asked a second time, the
 * process ends at once, and what still runs is stopped hard.
 */
export async function serveUntilStopped(
  server: GatewayServer,
  context: CliContext,
  onStop: (signal: string) => void,
): Promise<void> {
  await new Promise<void>((resolve) => {
    let isStopping = false;
    const off = context.onStopSignal((signal) => {
      if (isStopping) {
        killEnvoys(server);
        context.exit(1);
        return;
      }
      isStopping = true;
      onStop(signal);
      void server.stop({ keepEnvoys: false }).finally(() => {
        off();
        resolve();
      });
    });
  });
}

function killEnvoys(server: GatewayServer): void {
  for (const { pid } of server.plane?.infrastructure?.statuses() ?? []) {
    try {
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}
