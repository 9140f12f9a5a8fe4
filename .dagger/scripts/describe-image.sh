#!/bin/sh
# Fetches an image's manifest and configuration, in regctl's image.
#
# Beside what registry.sh takes: DIGEST. Files: /result/manifest, /result/config.
set -eu
. /kitchen/registry.sh

regctl_again manifest get --format raw-body "$target@$DIGEST" >/result/manifest ||
  fail "cannot be read: $(last_words)"
config=$(sed -n 's/.*"config":{[^}]*"digest":"\(sha256:[0-9a-f]*\)".*/\1/p' /result/manifest)
[ -n "$config" ] || fail "is no image"
regctl_again blob get "$target" "$config" >/result/config ||
  fail "its configuration cannot be read: $(last_words)"
