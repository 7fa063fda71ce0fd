/** Where a line ends. */
const newline = 0x0a;

/**
 * The lines of a stream, without the empty ones. Bytes are put together before they become text, so that neither characters nor lines are
 * torn where a chunk ends. A last line that was cut off is left out: it is no whole event.
 */
export async function* linesOf(stream: AsyncIterable<unknown>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  for await (const chunk of stream) {
    const bytes = chunk as Buffer;
    let start = 0;
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
      const part = bytes.subarray(start, end);
      const line = rest.length === 0 ? part : Buffer.concat([...rest, part]);
      rest = [];
      start = end + 1;
      if (line.length > 0) yield line.toString("utf8");
    }
    if (start < bytes.length) rest.push(bytes.subarray(start));
  }
}
