# Asks a registry by regctl, in its image; for scripts that begin with `. /kitchen/registry.sh`.
#
# HOST        where to connect to: registry.example.com, registry:5000
# REPOSITORY  team/api
# NAME        how the registry is called in messages
# DIGEST      what in it this is about, for messages; may be unset
# PLAIN_HTTP  true: no TLS
# USERNAME    with the password in /run/secrets/password

REGCTL_CONFIG=/kitchen-tmp/regctl.json
export REGCTL_CONFIG
target="$HOST/$REPOSITORY"
words=/kitchen-tmp/words
mkdir -p /result

fail() {
  printf '%s\n' "$NAME/$REPOSITORY${DIGEST:+@$DIGEST}: $*" >&2
  exit 1
}

# What regctl said last, for people.
last_words() {
  last=$(grep -v -e '^$' -e '^time=' "$words" | tail -n 1)
  case "$(cat "$words")" in
    *unauthorized*|*"http 401"*) echo "the registry does not take the user name and password (user ${USERNAME:-none given})" ;;
    *denied*|*"http 403"*) echo "user ${USERNAME:-none given} may not do that" ;;
    *text/html*|*"invalid character '<'"*|*"status code: OK"*) echo "what answers there is no image registry (it sent something else than JSON): check the address" ;;
    *"connection refused"*|*"no such host"*|*"no route"*) echo "the registry cannot be reached: $last" ;;
    *) echo "${last:-it did not answer within 60 s}" ;;
  esac
}

# Runs regctl, again when the registry or the network failed.
regctl_again() {
  for pause in 1 2 4 stop; do
    code=0
    timeout -k 5 60 regctl "$@" >/kitchen-tmp/out 2>"$words" || code=$?
    if [ "$code" = 0 ]; then cat /kitchen-tmp/out; return 0; fi
    grep -q -e 'http 5' -e EOF -e 'connection reset' -e 'broken pipe' "$words" || break
    if [ "$pause" != stop ]; then sleep "$pause"; fi
  done
  return "$code"
}

if [ "$PLAIN_HTTP" = true ]; then tls=disabled; else tls=enabled; fi
regctl registry set "$HOST" --tls "$tls" --skip-check
if [ -f /run/secrets/password ]; then
  regctl registry login "$HOST" --user "$USERNAME" --pass-stdin --skip-check \
    </run/secrets/password >/dev/null 2>"$words" || fail "logging in: $(last_words)"
fi
