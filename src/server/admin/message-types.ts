import { createRegistry, type Registry } from "@bufbuild/protobuf";
import {
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
} from "@bufbuild/protobuf/wkt";
import { messageFiles } from "../../gen/message-files.js";

const wellKnown = [
  file_google_protobuf_any,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
];

/**
 * A registry of the types that occur in encoded messages as `google.protobuf.Any`, at any depth. Their names stand in the bytes
 * as they are, so they are found without decoding; a text that merely looks like one does no harm.
 */
export async function registryFor(messages: Iterable<Uint8Array>): Promise<Registry> {
  const names = new Set<string>();
  for (const bytes of messages) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    for (const [, name = ""] of text.matchAll(/type\.googleapis\.com\/([\w.]+)/g)) {
      // The byte after the name may look like a part of it.
      for (let end = name.length; end > 0 && !names.has(name.slice(0, end)); end--) {
        if (!messageFiles.has(name.slice(0, end))) continue;
        names.add(name.slice(0, end));
        break;
      }
    }
  }
  const files = await Promise.all([...names].map((name) => messageFiles.get(name)?.()));
  return createRegistry(...wellKnown, ...files.filter((file) => file !== undefined));
}
