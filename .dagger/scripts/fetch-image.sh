#!/bin/sh
# Fetches what is said of an image, in regctl's image: its manifest, its SBOM, its provenance.
#
# HOST, REPOSITORY, NAME, DIGEST, PLAIN_HTTP, USERNAME: as for publish.sh, the password in
# /run/secrets/password. Files: /result/manifest, /result/sbom, /result/provenance.
set -eu

REGCTL_CONFIG=/kitchen-tmp/regctl.json
export REGCTL_CONFIG
target="$HOST/$REPOSITORY@$DIGEST"
words=/kitchen-tmp/words
mkdir -p /result

fail() {
  printf '%s\n' "$NAME/$REPOSITORY@$DIGEST: $*" >&2
  exit 1
}

if [ "$PLAIN_HTTP" = true ]; then tls=disabled; else tls=enabled; fi
regctl registry set "$HOST" --tls "$tls" --skip-check
if [ -f /run/secrets/password ]; then
  regctl registry login "$HOST" --user "$USERNAME" --pass-stdin --skip-check \
    </run/secrets/password >/dev/null 2>"$words" || fail "logging in: $(tail -n 1 "$words")"
fi
timeout 120 regctl manifest get --format raw-body "$target" >/result/manifest 2>"$words" ||
  fail "its manifest cannot be read: $(grep -v '^$' "$words" | tail -n 1)"
for name in sbom:application/vnd.cyclonedx+json provenance:application/vnd.in-toto+json; do
  timeout 120 regctl artifact get --subject "$target" --filter-artifact-type "${name#*:}" \
    >"/result/${name%%:*}" 2>"$words" || fail "it has no ${name%%:*} (${name#*:}) beside it"
done
