/** The guide's gRPC chapter with grpcurl, the client it uses. Needs Go and its module proxy; the first run builds grpcurl. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { useGrpcBackend } from "../e2e/harness/grpc/index.ts";
import { serviceManifest, useGateway } from "../e2e/harness/index.ts";
import { grpcurlProgram } from "./grpcurl-program.ts";
import { whyNoJudge } from "./judge.ts";

const reason = whyNoJudge();
if (reason !== undefined) process.stdout.write(`grpcurl: skipped: ${reason}\n`);

const example = (file: string) => readFileSync(join(import.meta.dirname, "../../examples/kubernetes", file), "utf8");

describe.skipIf(reason !== undefined)("grpcurl", () => {
  const gateway = useGateway();
  const yages = useGrpcBackend("yages");
  const port = (): number => gateway().ports[1] ?? 0;
  beforeAll(async () => {
    grpcurlProgram();
    const [, ...slices] = serviceManifest({ name: "yages", endpoints: [{ port: yages().port }] }).split("\n---\n");
    await gateway().apply(example("grpc-routing.yaml").replace("port: 80\n", `port: ${port()}\n`), ...slices);
  }, 600_000);

  /** Exit code and output of a call of the guide. */
  const call = (method: string, ...options: readonly string[]) =>
    new Promise<{ readonly code: number; readonly output: string }>((resolve) => {
      const args = ["-plaintext", ...options, "-authority=grpc-example.com", `127.0.0.1:${port()}`, method];
      execFile(grpcurlProgram(), args, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
      });
    });

  test("a call is answered, its messages found by reflection", async () => {
    expect(await call("yages.Echo/Ping")).toEqual({ code: 0, output: '{\n  "text": "pong"\n}\n' });
    expect((await call("list")).output).toContain("yages.Echo\n");
  });

  test("with a SecurityPolicy a call needs a token", async () => {
    await gateway().apply(example("jwt/grpc-jwt.yaml"));
    const refused = await call("yages.Echo/Ping");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("code = Unauthenticated");
    expect(refused.output).toContain("Jwt is missing");
    const token = example("jwt/test.jwt").trim();
    const answer = await call("yages.Echo/Ping", "-H", `authorization: Bearer ${token}`);
    expect(answer).toEqual({ code: 0, output: '{\n  "text": "pong"\n}\n' });
    await gateway().delete("SecurityPolicy default/jwt-example");
  });

  test("a call that no rule matches is Unimplemented", async () => {
    const rule = "matches: [{ method: { service: grpc.reflection.v1alpha.ServerReflection } }]";
    await gateway().apply(
      example("grpc-routing.yaml")
        .replace("port: 80\n", `port: ${port()}\n`)
        .replace("- backendRefs:", `- ${rule}\n      backendRefs:`),
    );
    const { code, output } = await call("yages.Echo/Ping");
    expect(code).not.toBe(0);
    expect(output).toContain("Code: Unimplemented");
  });
});
