#!/bin/sh
# Signs approvals with SSH keys, and says what signatures hold: what anybody can do by hand with
# ssh-keygen, which does all of it here too.
#
#   approval.sh sign STATEMENT KEY               writes STATEMENT.sig
#   approval.sh check FOLDER SIGNERS REVOKED AT  of FOLDER/N.json, .json.sig and .approver, N from 0
#
# SIGNERS is ssh-keygen's file of allowed signers, REVOKED a list of public keys or a KRL (it may be
# missing), AT a moment in UTC as YYYYMMDDHHMMSS. `check` prints lines of a word and a value:
#
#   approval N
#   key SHA256:…       the bytes are signed with this key, for this purpose; no line: they are not
#   principal NAME     a name that SIGNERS gives the key at that moment
#   allowed yes        it has the approver's name at that moment, for this purpose
#   revoked yes        but is in REVOKED
#   said TEXT          what ssh-keygen said, of what does not hold
set -eu

purpose=kitchen-approval

sign() {
  if ! ssh-keygen -y -P '' -f "$2" >/dev/null 2>&1; then
    echo "the key cannot be used: it is no SSH private key, or has a passphrase. With a passphrase, an agent or a security key sign by hand: ssh-keygen -Y sign -n $purpose -f KEY approval.json" >&2
    exit 1
  fi
  rm -f "$1.sig"
  ssh-keygen -q -Y sign -n "$purpose" -f "$2" "$1" 2>/tmp/said || {
    tail -n 1 /tmp/said >&2
    exit 1
  }
}

check() {
  signers="$2" revoked="$3" at="$4" index=0
  said=$(mktemp)
  while [ -f "$1/$index.json" ]; do
    text="$1/$index.json" signature="$1/$index.json.sig" approver=$(cat "$1/$index.approver")
    echo "approval $index"
    : >"$said"
    if signed=$(ssh-keygen -Y check-novalidate -n "$purpose" -s "$signature" <"$text" 2>>"$said"); then
      echo "key ${signed##* }"
      # Nobody's time zone: the moment is in UTC.
      export TZ=UTC0
      ssh-keygen -Y find-principals -s "$signature" -f "$signers" -O "verify-time=$at" \
        2>>"$said" | sed 's/^/principal /' || true
      verify() {
        ssh-keygen -Y verify -n "$purpose" -s "$signature" -f "$signers" -I "$approver" \
          -O "verify-time=$at" "$@" <"$text" >/dev/null 2>>"$said"
      }
      if verify; then
        echo "allowed yes"
        if [ -f "$revoked" ] && ! verify -r "$revoked"; then echo "revoked yes"; fi
      fi
    fi
    tr -d '\r' <"$said" | sed "s|$signers|the file of allowed signers|; s/^/said /"
    index=$((index + 1))
  done
  rm -f "$said"
}

command="$1"
shift
"$command" "$@"
