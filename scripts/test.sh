#!/bin/sh
# npm test: sets up what is missing, then runs every test. The last line is `N passed, N failed, N skipped`.
set -eu
cd "$(dirname "$0")/.."
sh scripts/set-up.sh tests
exec node_modules/.bin/vitest run --reporter=default --reporter=./scripts/closing-line.mjs "$@"
