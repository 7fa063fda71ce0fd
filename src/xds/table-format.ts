import type { Entry } from "./entry.ts";
import type { TableType } from "./resource-types.ts";
import { FieldReader, Parts } from "./wire.ts";

/** How a head and members make one message. Members are encoded once and only joined. */
export interface TableFormat {
  /** Starts the message. */
  begin(head: Entry | undefined): Parts;
  /** Appends a member. */
  add(parts: Parts, member: Entry): void;
  /** Ends the message. */
  finish(head: Entry | undefined, parts: Parts): Parts;
}

/** `RouteConfiguration.virtual_hosts`. */
const virtualHostsField = 2;

/** A RouteConfiguration: the head's fields, and each virtual host as an element of a list. */
export const routeTableFormat: TableFormat = {
  begin: (head) => (head === undefined ? new Parts() : new Parts().raw(head.bytes)),
  add: (parts, host) => void parts.element(virtualHostsField, host.bytes),
  finish: (_head, parts) => parts,
};

/** `TypedExtensionConfig.name`, `TypedExtensionConfig.typed_config`; `Any.type_url`, `Any.value`. */
const nameField = 1;
const configField = 2;
const typeUrlField = 1;
const valueField = 2;

/** A TypedExtensionConfig: name and type come from the head, and the members one after the other are the message inside. */
const extensionFormat: TableFormat = {
  begin: () => new Parts(),
  add: (parts, part) => void parts.raw(part.bytes),
  finish(head, parts) {
    const { name, typeUrl } = head === undefined ? { name: "", typeUrl: "" } : readHead(head);
    return new Parts()
      .bytes(nameField, name)
      .message(configField, new Parts().bytes(typeUrlField, typeUrl).message(valueField, parts));
  },
};

/** Formats by type. */
export const tableFormats: Readonly<Record<TableType, TableFormat>> = {
  route: routeTableFormat,
  extension: extensionFormat,
};

function readHead({ bytes }: Entry): { readonly name: string; readonly typeUrl: string } {
  let name = "";
  let typeUrl = "";
  const reader = new FieldReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  while (reader.next()) {
    if (reader.field === nameField) name = reader.string();
    else if (reader.field === configField) {
      const config = reader.message();
      while (config.next()) if (config.field === typeUrlField) typeUrl = config.string();
    }
  }
  return { name, typeUrl };
}
