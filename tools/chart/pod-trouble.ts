/** Why a pod does not start, and what to do about it. */

/** A pod, as far as it tells how it starts. */
export interface PodView {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[];
    readonly containerStatuses?: readonly ContainerView[];
  };
}

interface ContainerView {
  readonly name: string;
  readonly image?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: object;
  };
  readonly lastState?: { readonly terminated?: { readonly exitCode?: number; readonly reason?: string } };
}

/** What keeps a pod from starting. */
export interface PodTrouble {
  readonly text: string;
  /** Whether waiting longer is of no use. */
  readonly isFinal: boolean;
  /** Whether the container's log says more. */
  readonly hasLog: boolean;
}

const getImage =
  "in a local cluster `make kube-install-image` builds and loads it; else say IMAGE and TAG of one that can be pulled";

/** Advice by Kubernetes' reasons for waiting. Not among them: what passes by itself. */
const advice: Readonly<
  Record<string, { readonly what: string; readonly isFinal: boolean; readonly hasLog?: boolean }>
> = {
  ErrImagePull: { what: `the image cannot be had: ${getImage}`, isFinal: false },
  ImagePullBackOff: { what: `the image cannot be had: ${getImage}`, isFinal: true },
  ErrImageNeverPull: { what: `the image is not on the node: ${getImage}`, isFinal: true },
  InvalidImageName: { what: "the image's name is none: look at IMAGE and TAG", isFinal: true },
  CreateContainerConfigError: { what: "something the pod needs is missing", isFinal: false },
  CrashLoopBackOff: { what: "the program ends again and again", isFinal: true, hasLog: true },
};

/** What is wrong with a pod; undefined as long as it may just take its time. */
export function podTrouble({ metadata, status = {} }: PodView): PodTrouble | undefined {
  for (const { name, image, state, lastState } of status.containerStatuses ?? []) {
    const { reason = "", message = "" } = state?.waiting ?? {};
    const known = advice[reason];
    if (!known) continue;
    const exit = known.hasLog ? `, with exit code ${lastState?.terminated?.exitCode ?? "unknown"}` : "";
    const where = `pod ${metadata.name}, container ${name}, image ${image}`;
    const text = `${where}: ${reason}: ${known.what}${exit}${message ? `\n  ${message}` : ""}`;
    return { text, isFinal: known.isFinal, hasLog: known.hasLog === true };
  }
  const scheduled = status.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status !== "False" || !scheduled.message) return undefined;
  return { text: `pod ${metadata.name} has no node: ${scheduled.message}`, isFinal: false, hasLog: false };
}

/** How far a pod is, in a few words. */
export function podProgress({ metadata, status = {} }: PodView): string {
  const containers = status.containerStatuses ?? [];
  const waiting = containers.find(({ state }) => state?.waiting)?.state?.waiting?.reason;
  const isReady = containers.length > 0 && containers.every(({ ready }) => ready);
  return `pod ${metadata.name}: ${isReady ? "ready" : (waiting ?? status.phase ?? "Pending")}`;
}
