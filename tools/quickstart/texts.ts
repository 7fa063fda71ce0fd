/** What the quickstart tells its user. */
import { ownPlatform } from "../build/platform.ts";
import type { Answer } from "./request.ts";
import type { Workspace } from "./workspace.ts";

const usualAdminPort = 19000;

/** The hostname that the example's route serves. */
export const exampleHost = "www.example.com";

/** The first request with its answer, what to try next, and how to stop. */
export function successText(answer: Answer, port: number, adminPort: number, { objects, state }: Workspace): string {
  const admin = adminPort === usualAdminPort ? "" : ` --admin 127.0.0.1:${adminPort}`;
  const url = `http://localhost:${port}/get`;
  return `
It works. This request went through Envoy to the echo backend:

  curl -H 'Host: ${exampleHost}' ${url}

  HTTP/1.1 ${answer.status}
${answer.body.trimEnd().replace(/^/gm, "  ")}

Try next, in another terminal:

  1. Send it yourself, and ask for a host that nobody serves (404):
       curl -H 'Host: ${exampleHost}' ${url}
       curl -i -H 'Host: other.example.com' ${url}
  2. Edit ${objects}/www.yaml and save: it is served at once. Make a mistake: it is told here, and what was served stays.
  3. Add what lies in the folders beside it, and take it away again:
       cp examples/standalone/jwt/jwt.yaml ${objects}/
       curl -i -H 'Host: jwt.example.com' http://localhost:${port}/foo
       curl -H 'Host: jwt.example.com' -H "Authorization: Bearer $(cat examples/kubernetes/jwt/test.jwt)" http://localhost:${port}/foo
       rm ${objects}/jwt.yaml
  4. Look inside:
       make build
       bin/${ownPlatform.replace("_", "/")}/egctl x status all -A${admin}
       bin/${ownPlatform.replace("_", "/")}/egctl config envoy-proxy route -o yaml${admin}
       in a browser: http://localhost:${adminPort}/

Logs and everything else it writes are in ${state}/. Press Ctrl-C to stop. Changes:
`;
}
