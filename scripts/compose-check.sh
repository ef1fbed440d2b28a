#!/usr/bin/env bash
# Checks Compose files with Docker Compose's own parser (scripts/compose-check, Go). Arguments: the files.
set -euo pipefail
command -v go >/dev/null || { echo 'compose-check needs Go 1.24 or later to build its parser (https://go.dev/dl, or apt-get install golang); found none' >&2; exit 1; }
here=$(cd "$(dirname "$0")" && pwd)
program=$(mktemp -d)
trap 'rm -rf "$program"' EXIT
go -C "$here/compose-check" build -trimpath -o "$program/compose-check" .
"$program/compose-check" "$@"
