import type { GatewayServer } from "../server/gateway-server.ts";
import type { CliContext } from "./context.ts";

/**
 * Starts a server and keeps it up until the process is asked to end, then stops it: Envoys drain and end. Asked a second time,
 * the process ends at once, and what still runs is stopped hard. Rejects when the server does not start.
 *
 * @param onStop is told when the stop begins
 * @returns when the server has started, with a promise of its end
 */
export async function startAndServe(
  server: GatewayServer,
  context: CliContext,
  onStop: (signal: string) => void,
): Promise<{ readonly stopped: Promise<void> }> {
  const stopped = new Promise<void>((resolve) => {
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
  await server.start();
  return { stopped };
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
