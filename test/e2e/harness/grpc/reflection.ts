/** Server reflection: clients that know no `.proto` file ask for it. */
import { fromBinary } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import { definitions, serviceNames } from "./protos.ts";

/** What a client asks; one field is set. */
export interface ReflectionRequest {
  readonly host?: string;
  readonly file_by_filename?: string;
  readonly file_containing_symbol?: string;
  readonly list_services?: string;
}

/** The answer; one field is set. */
export interface ReflectionResponse {
  readonly original_request?: ReflectionRequest;
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Uint8Array[] };
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
  readonly error_response?: { readonly error_code: number; readonly error_message: string };
}

/** Answers each request of a stream. */
export function reflect(call: ServerDuplexStream<ReflectionRequest, ReflectionResponse>): void {
  call.on("data", (request: ReflectionRequest) => call.write({ original_request: request, ...answer(request) }));
  call.on("end", () => call.end());
}

function answer(request: ReflectionRequest): ReflectionResponse {
  if (request.list_services !== undefined) {
    return { list_services_response: { service: serviceNames.map((name) => ({ name })) } };
  }
  const { file_containing_symbol: symbol, file_by_filename: name } = request;
  const file = files().find(({ proto }) => (symbol === undefined ? proto.name === name : defines(proto, symbol)));
  return file
    ? { file_descriptor_response: { file_descriptor_proto: [file.bytes] } }
    : { error_response: { error_code: status.NOT_FOUND, error_message: `nothing is known of ${symbol ?? name}` } };
}

function defines(file: FileDescriptorProto, symbol: string): boolean {
  const names = [...file.service, ...file.messageType].map(({ name }) => `${file.package}.${name}`);
  return names.some((name) => symbol === name || symbol.startsWith(`${name}.`));
}

function files(): { readonly bytes: Uint8Array; readonly proto: FileDescriptorProto }[] {
  const all = Object.values(definitions).flatMap((entry) =>
    "fileDescriptorProtos" in entry ? (entry.fileDescriptorProtos as readonly Uint8Array[]) : [],
  );
  const byName = new Map(all.map((bytes) => [Buffer.from(bytes).toString("base64"), bytes]));
  return [...byName.values()].map((bytes) => ({ bytes, proto: fromBinary(FileDescriptorProtoSchema, bytes) }));
}
