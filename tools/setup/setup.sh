#!/bin/sh
# Installs and generates what the project needs, into the project's folder: see main.mjs beside this file.
# Says in one sentence what is missing when there is no Node to run it with.
set -eu
here=$(dirname "$0")
if ! command -v node >/dev/null 2>&1; then
  echo "setup: Node.js is missing: install version 20 or newer (24 is used from then on, installed into this folder)." >&2
  exit 1
fi
exec node "$here/main.mjs" "$@"
