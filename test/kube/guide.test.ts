/**
 * The guide, command by command, in a real cluster: the developer's chapter (S19 to S33), the quickstart (S35 to S47), egctl (S260 to S262), gRPC (S49 to S63) and
 * JSON Web Tokens (S64 to S78). Needs what `make create-cluster` needs: root and Linux. Tests build on those before them.
 */
import { describe, expect, test } from "vitest";
import { demo, deploying, preparing } from "./guide/developer.ts";
import { commandLine } from "./guide/egctl.ts";
import { grpc } from "./guide/grpc.ts";
import { jwt } from "./guide/jwt.ts";
import { cleaningUp, installing, testing } from "./guide/quickstart.ts";
import { useGuide } from "./harness/guide.ts";

const guide = useGuide();

preparing(guide);
installing(guide);
testing(guide);
commandLine(guide);
grpc(guide);
jwt(guide);
cleaningUp(guide);
deploying(guide);
demo(guide);

describe("in the end", () => {
  test("S29: the cluster is deleted, and its name is free", async () => {
    await guide().output("make delete-cluster");
    expect(await guide().output("make delete-cluster")).toContain(`${guide().cluster} was not there`);
  });
});
