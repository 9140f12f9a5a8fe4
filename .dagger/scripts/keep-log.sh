#!/bin/sh
# keep-log.sh FILE COMMAND…: runs a command in this shell's place; what it writes goes on as before, and
# into the file too.
set -eu
file=$1
shift
folder=$(mktemp -d)
mkfifo "$folder/out"
tee -a "$file" <"$folder/out" &
exec "$@" >"$folder/out" 2>&1
