"""Writes the protobuf descriptors of Envoy's configuration, as one FileDescriptorSet, to the file named on the command line.

The package xds-protos holds one generated module per .proto file; each carries the descriptor it was generated from. A file
comes after the files it imports, as readers of a FileDescriptorSet expect.
"""

import importlib
import os
import sys
import sysconfig

from google.protobuf import descriptor_pb2
from later_fields import add_later_fields


def modules(site):
    """Names of all generated protobuf modules below the folder `site`, sorted."""
    for folder, _, files in sorted(os.walk(site)):
        for file in sorted(files):
            if file.endswith("_pb2.py"):
                yield os.path.relpath(os.path.join(folder, file), site)[:-3].replace(os.sep, ".")


def add(descriptor, found):
    """Adds a file and what it imports to `found` (by name, in the order of dependency)."""
    if descriptor.name in found:
        return
    for dependency in descriptor.dependencies:
        add(dependency, found)
    proto = descriptor_pb2.FileDescriptorProto()
    descriptor.CopyToProto(proto)
    found[descriptor.name] = proto


def main(target):
    found = {}
    for name in modules(sysconfig.get_paths()["purelib"]):
        # xds-protos also ships a test module whose own imports are not installed; nothing of Envoy's depends on it.
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if hasattr(module, "DESCRIPTOR"):
            add(module.DESCRIPTOR, found)
    add_later_fields(found)
    descriptors = descriptor_pb2.FileDescriptorSet(file=found.values())
    with open(target, "wb") as out:
        out.write(descriptors.SerializeToString(deterministic=True))
    print(len(found), "files")


main(sys.argv[1])
