#!/bin/sh
# Brings a release to a registry, or fetches it from there, in regctl's image. The release is a blob,
# and its own digest is the blob's: whoever knows the digest needs no tag. The tag only keeps the
# registry from clearing it away, and makes it listed.
#
# Beside what registry.sh takes: DIGEST (of the release), MEDIA_TYPE.
#
#   release.sh put   /release.json -> the registry, read back; an artifact with the tag release-HEX
#   release.sh get   the registry -> /result/release.json; when it is not there, /result/known has a
#                    line with the digest of each release that is
set -eu
. /kitchen/registry.sh

tag="release-${DIGEST#sha256:}"
case "$1" in
  put)
    regctl_again artifact put --artifact-type "$MEDIA_TYPE" --file-media-type "$MEDIA_TYPE" \
      --file /release.json "$target:$tag" >/dev/null || fail "cannot be stored: $(last_words)"
    regctl_again blob get "$target" "$DIGEST" >/kitchen-tmp/read ||
      fail "cannot be read back: $(last_words)"
    cmp -s /release.json /kitchen-tmp/read || fail "the registry gives something else back"
    ;;
  get)
    if regctl_again blob get "$target" "$DIGEST" >/kitchen-tmp/read; then
      cp /kitchen-tmp/read /result/release.json
      exit 0
    fi
    grep -q -e 'http 404' -e BLOB_UNKNOWN -e NAME_UNKNOWN -e 'not found' "$words" ||
      fail "cannot be fetched: $(last_words)"
    regctl_again tag ls "$target" >/kitchen-tmp/tags || : >/kitchen-tmp/tags
    sed -n 's/^release-\([0-9a-f]\{64\}\)$/sha256:\1/p' /kitchen-tmp/tags >/result/known
    ;;
esac
