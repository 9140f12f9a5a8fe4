#!/bin/sh
# Sends an image to a registry, in regctl's image. By digest first; everything is read back; the
# tags move last, so that whoever pulls a tag gets all of an image or what was there before.
#
# HOST        where to connect to: registry.example.com, registry:5000
# REPOSITORY  team/api
# NAME        how the registry is called in messages
# DIGEST      of the manifest in /image/layout
# TAGS        words
# PLAIN_HTTP  true: no TLS
# USERNAME    with the password in /run/secrets/password
# LIMIT       seconds for all of it
#
# Files: /image/layout (OCI), /image/blobs (lines of digest and size), /attach/* (name is the media
# type with / as _). Result: /result/result.json; on failure one line on stderr and exit code 1.
set -eu

REGCTL_CONFIG=/kitchen-tmp/regctl.json
export REGCTL_CONFIG
target="$HOST/$REPOSITORY"
words=/kitchen-tmp/words
started=$(date +%s)
: >"$words"
mkdir -p /result /kitchen-work

fail() {
  printf '%s\n' "$NAME/$REPOSITORY: $*" >&2
  exit 1
}

# What went wrong, in one line, from what regctl wrote.
explain() {
  last=$(grep -v '^time=' "$words" | grep -v '^$' | tail -n 1)
  case "$(cat "$words")" in
    *unauthorized*|*"http 401"*) fail "$1: the registry does not take the user name and password (user ${USERNAME:-none given})" ;;
    *denied*|*"http 403"*) fail "$1: user ${USERNAME:-none given} may not do that" ;;
    *text/html*|*"invalid character '<'"*|*"status code: OK"*) fail "$1: what answers there is no image registry (it sent something else than JSON): check the address" ;;
    *"connection refused"*|*"no such host"*|*"no route"*) fail "$1: the registry cannot be reached: $last" ;;
    *) fail "$1: $last" ;;
  esac
}

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

if [ "$PLAIN_HTTP" = true ]; then tls=disabled; else tls=enabled; fi
regctl registry set "$HOST" --tls "$tls" --skip-check
if [ -f /run/secrets/password ]; then
  regctl registry login "$HOST" --user "$USERNAME" --pass-stdin --skip-check \
    </run/secrets/password >/dev/null 2>"$words" || explain "logging in"
fi

# Asks for something small first: a wrong address or password is found out before anything is sent.
if ! regctl_in_time tag ls "$target" >/dev/null; then
  grep -q -e NAME_UNKNOWN -e 'http 404' "$words" || explain "asking for its tags"
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

regctl_in_time image copy "ocidir:///image/layout@$DIGEST" "$target@$DIGEST" >/dev/null ||
  explain "sending the image"

read_back() {
  found="sha256:$(sha256sum /kitchen-tmp/read | cut -d' ' -f1)"
  rm -f /kitchen-tmp/read
  [ "$found" = "$1" ] || fail "what the registry gives back for $1 is $found: the tags were not moved"
}
regctl_in_time manifest get --format raw-body "$target@$DIGEST" >/kitchen-tmp/read ||
  explain "reading the manifest back"
read_back "$DIGEST"
while read -r digest; do
  regctl_in_time blob get "$target" "$digest" >/kitchen-tmp/read || explain "reading $digest back"
  read_back "$digest"
done </kitchen-tmp/sent

attached=""
for file in /attach/*; do
  [ -f "$file" ] || continue
  type=$(basename "$file" | tr _ /)
  regctl_in_time artifact put --artifact-type "$type" --file-media-type "$type" --file "$file" \
    --subject "$target@$DIGEST" --format '{{ .Manifest.GetDescriptor.Digest }}' \
    >/kitchen-tmp/attached || explain "attaching $type"
  attached="$attached${attached:+,}\"$type\":\"$(cat /kitchen-tmp/attached)\""
done

for tag in $TAGS; do
  regctl_in_time image copy "$target@$DIGEST" "$target:$tag" >/dev/null || explain "moving the tag $tag"
  regctl_in_time manifest head "$target:$tag" >/kitchen-tmp/now || explain "reading the tag $tag back"
  now=$(cat /kitchen-tmp/now)
  [ "$now" = "$DIGEST" ] || fail "the tag $tag is $now, not $DIGEST: somebody else moved it"
done

rm -rf /kitchen-work
printf '{"sent":{"blobs":%d,"bytes":%d},"there":{"blobs":%d,"bytes":%d},"attached":{%s}}' \
  "$sent" "$sent_bytes" "$there" "$there_bytes" "$attached" >/result/result.json
