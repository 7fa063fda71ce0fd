/** Spans as OTLP sends them; see metrics-request.ts for the names of the generated messages. */
import { create, toBinary } from "@bufbuild/protobuf";
import { ExportTraceServiceRequestSchema } from "../../gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js";
import { Span_SpanKind, Status_StatusCode } from "../../gen/opentelemetry/proto/trace/v1/trace_pb.js";
import { keyValues, ownResource, ownScope, unixNanos } from "./attributes.ts";
import type { Span } from "./span.ts";

/** Spans as an encoded `ExportTraceServiceRequest`. */
export function traceRequest(spans: readonly Span[], instance: string): Uint8Array {
  const listed = spans.map(({ start, end, attributes, error, parentSpanId, ...span }) => ({
    ...span,
    ...(parentSpanId && { parentSpanId }),
    kind: Span_SpanKind.INTERNAL,
    startTimeUnixNano: unixNanos(start),
    endTimeUnixNano: unixNanos(end),
    attributes: keyValues(attributes),
    ...(error !== undefined && { status: { code: Status_StatusCode.ERROR, message: error } }),
  }));
  const request = create(ExportTraceServiceRequestSchema, {
    resourceSpans: [
      {
        resource: ownResource(instance),
        instrumentationLibrarySpans: [{ instrumentationLibrary: ownScope, spans: listed }],
      },
    ],
  });
  return toBinary(ExportTraceServiceRequestSchema, request);
}
