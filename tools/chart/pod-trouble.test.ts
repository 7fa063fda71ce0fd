import { expect, test } from "vitest";
import { type PodView, podProgress, podTrouble } from "./pod-trouble.ts";

function waiting(reason: string, message?: string): PodView {
  const state = { waiting: { reason, ...(message && { message }) } };
  const container = { name: "envoy-gateway", image: "example/gateway:1", ready: false, state };
  const lastState = { terminated: { exitCode: 3 } };
  return { metadata: { name: "eg-1" }, status: { phase: "Pending", containerStatuses: [{ ...container, lastState }] } };
}

test.each([
  ["ErrImagePull", false, "make kube-install-image"],
  ["ImagePullBackOff", true, "make kube-install-image"],
  ["ErrImageNeverPull", true, "make kube-install-image"],
  ["InvalidImageName", true, "IMAGE and TAG"],
  ["CrashLoopBackOff", true, "exit code 3"],
])("%s is told with what to do", (reason, isFinal, words) => {
  const trouble = podTrouble(waiting(reason, "as the kubelet says"));
  expect(trouble).toMatchObject({ isFinal, hasLog: reason === "CrashLoopBackOff" });
  for (const part of ["pod eg-1", "example/gateway:1", reason, words, "as the kubelet says"]) {
    expect(trouble?.text).toContain(part);
  }
});

test("a pod without a node is told with the scheduler's words, and may get one", () => {
  const conditions = [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }];
  const trouble = podTrouble({ metadata: { name: "eg-1" }, status: { conditions } });
  expect(trouble).toEqual({ text: "pod eg-1 has no node: 0/1 nodes are available", isFinal: false, hasLog: false });
});

test("a pod that takes its time is no trouble", () => {
  expect(podTrouble(waiting("ContainerCreating"))).toBeUndefined();
  expect(podTrouble({ metadata: { name: "eg-1" } })).toBeUndefined();
  expect(podProgress(waiting("ContainerCreating"))).toBe("pod eg-1: ContainerCreating");
  expect(podProgress({ metadata: { name: "eg-1" } })).toBe("pod eg-1: Pending");
  const containerStatuses = [{ name: "a", ready: true, state: { running: {} } }];
  expect(podProgress({ metadata: { name: "eg-1" }, status: { containerStatuses } })).toBe("pod eg-1: ready");
});
