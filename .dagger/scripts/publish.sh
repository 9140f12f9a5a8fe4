#!/bin/sh
# Sends an image to a registry, in regctl's image. By digest first; everything is read back; the
# tags move last, so that whoever pulls a tag gets all of an image or what was there before.
#
# Beside what registry.sh takes:
#
# MANIFEST    digest of the manifest in /image/layout
# TAGS        words
# LIMIT       seconds for all of it
#
# Files: /image/layout (OCI), /image/blobs (lines of digest and size), /attach/* (name is the media
# type with / as _). Result: /result/result.json; on failure one line on stderr and exit code 1.
set -eu
. /kitchen/registry.sh

started=$(date +%s)
mkdir -p /kitchen-work

# Remembers what a failed try said last; that it was called off tells nobody anything.
heard=""
remember() {
  said=$(grep -v -e '^$' -e 'context canceled$' "$words" | tail -n 1 | cut -c1-300)
  heard="${said:-$heard}"
}

too_long() {
  remember
  fail "took longer than $LIMIT s: the tags were not moved; the last answer: ${heard:-none}"
}

# Runs regctl within what is left of the time, again when the registry or the network failed: it
# tries by itself too, but not everything.
regctl_in_time() {
  pause=1
  for attempt in 1 2 3 4 5 6; do
    left=$((LIMIT - ($(date +%s) - started)))
    [ "$left" -gt 0 ] || too_long
    code=0
    timeout -k 5 "$left" regctl "$@" >/kitchen-work/out 2>"$words" || code=$?
    case "$code" in
      0) cat /kitchen-work/out; return 0 ;;
      124|137|143) too_long ;;
    esac
    # Called off by timeout, regctl may end by itself.
    [ $((LIMIT - ($(date +%s) - started))) -gt 0 ] || too_long
    remember
    grep -q -e 'http 5' -e EOF -e 'connection reset' -e 'broken pipe' "$words" || return "$code"
    sleep "$pause"
    pause=$((pause * 2))
  done
  return "$code"
}

# Asks for something small first: a wrong address or password is found out before anything is sent.
if ! regctl_in_time tag ls "$target" >/dev/null; then
  grep -q -e NAME_UNKNOWN -e 'http 404' "$words" || fail "asking for its tags: $(last_words)"
fi

sent=0 sent_bytes=0 there=0 there_bytes=0
: >/kitchen-tmp/sent
while read -r digest size; do
  if regctl_in_time blob head "$target" "$digest" >/dev/null; then
    there=$((there + 1)) there_bytes=$((there_bytes + size))
  else
    sent=$((sent + 1)) sent_bytes=$((sent_bytes + size))
    echo "$digest" >>/kitchen-tmp/sent
  fi
done </image/blobs

regctl_in_time image copy "ocidir:///image/layout@$MANIFEST" "$target@$MANIFEST" >/dev/null ||
  fail "sending the image: $(last_words)"

read_back() {
  found="sha256:$(sha256sum /kitchen-tmp/read | cut -d' ' -f1)"
  rm -f /kitchen-tmp/read
  [ "$found" = "$1" ] || fail "what the registry gives back for $1 is $found: the tags were not moved"
}
regctl_in_time manifest get --format raw-body "$target@$MANIFEST" >/kitchen-tmp/read ||
  fail "reading the manifest back: $(last_words)"
read_back "$MANIFEST"
while read -r digest; do
  regctl_in_time blob get "$target" "$digest" >/kitchen-tmp/read || fail "reading $digest back: $(last_words)"
  read_back "$digest"
done </kitchen-tmp/sent

attached=""
for file in /attach/*; do
  [ -f "$file" ] || continue
  type=$(basename "$file" | tr _ /)
  regctl_in_time artifact put --artifact-type "$type" --file-media-type "$type" --file "$file" \
    --subject "$target@$MANIFEST" --format '{{ .Manifest.GetDescriptor.Digest }}' \
    >/kitchen-tmp/attached || fail "attaching $type: $(last_words)"
  attached="$attached${attached:+,}\"$type\":\"$(cat /kitchen-tmp/attached)\""
done

for tag in $TAGS; do
  regctl_in_time image copy "$target@$MANIFEST" "$target:$tag" >/dev/null || fail "moving the tag $tag: $(last_words)"
  regctl_in_time manifest head "$target:$tag" >/kitchen-tmp/now || fail "reading the tag $tag back: $(last_words)"
  now=$(cat /kitchen-tmp/now)
  [ "$now" = "$MANIFEST" ] || fail "the tag $tag is $now, not $MANIFEST: somebody else moved it"
done

rm -rf /kitchen-work
printf '{"sent":{"blobs":%d,"bytes":%d},"there":{"blobs":%d,"bytes":%d},"attached":{%s}}' \
  "$sent" "$sent_bytes" "$there" "$there_bytes" "$attached" >/result/result.json
