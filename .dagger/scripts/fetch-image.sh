#!/bin/sh
# Fetches what is said of an image, in regctl's image: its manifest, its SBOM, its provenance.
#
# Beside what registry.sh takes: DIGEST. Files: /result/manifest, /result/sbom, /result/provenance.
set -eu
. /kitchen/registry.sh

regctl_again manifest get --format raw-body "$target@$DIGEST" >/result/manifest ||
  fail "its manifest cannot be read: $(last_words)"
for name in sbom:application/vnd.cyclonedx+json provenance:application/vnd.in-toto+json; do
  regctl_again artifact get --subject "$target@$DIGEST" --filter-artifact-type "${name#*:}" \
    >"/result/${name%%:*}" || fail "it has no ${name%%:*} (${name#*:}) beside it"
done
