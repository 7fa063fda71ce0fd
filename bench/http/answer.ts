/** HTTP/1.1 answers, read off a connection piece by piece. */

/** An answer, or what came instead of one. */
export interface Answer {
  /** 0 when no answer came; then `body` says why: {@link Failure}. */
  readonly status: number;
  readonly body: string;
  /** The other side takes no more requests on this connection. */
  readonly closes: boolean;
}

export type Failure = "refused" | "reset" | "timeout";

/** What stands for an answer that never came. */
export function failed(failure: Failure): Answer {
  return { status: 0, body: failure, closes: true };
}

/**
 * The answer at the beginning of `text` (bytes as latin1) and the number of characters it takes; nothing while it is not whole.
 * Bodies have a Content-Length or are chunked, as Envoy's are; an answer with neither has none.
 */
export function readAnswer(text: string): { readonly answer: Answer; readonly length: number } | undefined {
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd).toLowerCase();
  const status = Number(head.slice(9, 12));
  const closes = /\r\nconnection: *close/.test(head);
  const start = headEnd + 4;
  if (/\r\ntransfer-encoding: *chunked/.test(head)) {
    const chunked = readChunks(text, start);
    return chunked && { answer: { status, body: chunked.body, closes }, length: chunked.end };
  }
  const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
  if (text.length < start + length) return undefined;
  return { answer: { status, body: text.slice(start, start + length), closes }, length: start + length };
}

function readChunks(text: string, start: number): { body: string; end: number } | undefined {
  let body = "";
  let at = start;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    const end = lineEnd + 2 + size + 2;
    if (text.length < end) return undefined;
    if (size === 0) return { body, end };
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = end;
  }
}
