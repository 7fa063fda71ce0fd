"""Fields of Envoy's configuration that the Envoy we run knows and the package xds-protos does not yet.

A field leaves this list when the package has it: the set-up fails then, and says so.
"""

from google.protobuf import descriptor_pb2

Field = descriptor_pb2.FieldDescriptorProto


def field(name, number, type_name=None, repeated=False, type=Field.TYPE_MESSAGE):
    """A field of a message; `type_name` is the full name of its type if that is a message."""
    label = Field.LABEL_REPEATED if repeated else Field.LABEL_OPTIONAL
    return Field(name=name, number=number, label=label, type=type, type_name=type_name and f".{type_name}")


# File: (new messages with their fields, new fields of messages, further files that it needs).
LATER = {
    "envoy/config/route/v3/route_components.proto": (
        {
            "CookieMatcher": [
                field("name", 1, type=Field.TYPE_STRING),
                field("string_match", 2, "envoy.type.matcher.v3.StringMatcher"),
                field("invert_match", 3, type=Field.TYPE_BOOL),
            ]
        },
        {"RouteMatch": [field("cookies", 17, "envoy.config.route.v3.CookieMatcher", repeated=True)]},
        [],
    ),
    "envoy/extensions/access_loggers/open_telemetry/v3/logs_service.proto": (
        {},
        {
            "OpenTelemetryAccessLogConfig": [
                field("grpc_service", 9, "envoy.config.core.v3.GrpcService"),
                field("log_name", 10, type=Field.TYPE_STRING),
            ]
        },
        ["envoy/config/core/v3/grpc_service.proto"],
    ),
}


def add_later_fields(files):
    """Adds the fields to the FileDescriptorProtos `files`, by name."""
    for file_name, (messages, fields, imports) in LATER.items():
        file = files[file_name]
        file.dependency.extend(name for name in imports if name not in file.dependency)
        known = {message.name: message for message in file.message_type}
        for name, of_message in messages.items():
            if name in known:
                raise SystemExit(f"xds-protos has {name} in {file_name} now: take it out of later_fields.py")
            file.message_type.add(name=name).field.extend(of_message)
        for name, of_message in fields.items():
            numbers = {each.number for each in known[name].field}
            if any(each.number in numbers for each in of_message):
                raise SystemExit(f"xds-protos has the fields of {name} in {file_name} now: take them out of later_fields.py")
            known[name].field.extend(of_message)
