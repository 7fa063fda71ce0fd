import { Session } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, textAnswer } from "../http/answer.ts";

const longestSeconds = 300;

/** A CPU profile of this process over some seconds, for Chrome's developer tools and what else reads `.cpuprofile`. */
export async function cpuProfile(seconds: number): Promise<Answer> {
  if (!(seconds > 0 && seconds <= longestSeconds))
    return textAnswer(400, `seconds must be above 0 and at most ${longestSeconds}.\n`);
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    await sleep(seconds * 1_000);
    const { profile } = await session.post("Profiler.stop");
    return download(JSON.stringify(profile), "envoy-gateway.cpuprofile");
  } finally {
    session.disconnect();
  }
}

/** A snapshot of the heap, for Chrome's developer tools. The process stands still while it is taken. */
export async function heapSnapshot(): Promise<Answer> {
  const session = new Session();
  session.connect();
  const chunks: string[] = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ params }) => void chunks.push(params.chunk));
  try {
    await session.post("HeapProfiler.takeHeapSnapshot");
    return download(chunks.join(""), "envoy-gateway.heapsnapshot");
  } finally {
    session.disconnect();
  }
}

function download(body: string, name: string): Answer {
  return {
    status: 200,
    contentType: "application/json",
    body,
    headers: { "content-disposition": `attachment; filename="${name}"` },
  };
}
