/**
 * Starts PostgreSQL by the settings of the official image: POSTGRES_USER, POSTGRES_PASSWORD and
 * POSTGRES_DB, each also as a file (POSTGRES_PASSWORD_FILE), POSTGRES_HOST_AUTH_METHOD,
 * POSTGRES_INITDB_ARGS, PGDATA, and scripts in /docker-entrypoint-initdb.d.
 */
export const postgresEntrypoint = `#!/bin/bash
set -eu

case "\${1:-}" in -*) set -- postgres "$@" ;; esac
if [ "\${1:-}" != postgres ]; then exec "$@"; fi

if [ "$(id -u)" = 0 ]; then
  mkdir -p "$PGDATA" /var/run/postgresql
  chmod 0700 "$PGDATA"
  find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres '{}' +
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

# The value of a setting, or the contents of the file that it names, or a default.
setting() {
  local file="$1_FILE"
  if [ -n "\${!1:-}" ] && [ -n "\${!file:-}" ]; then
    echo "postgres: $1 and $file are both set: set one of them" >&2
    return 1
  fi
  if [ -n "\${!file:-}" ]; then cat "\${!file}"; else printf '%s' "\${!1:-\${2:-}}"; fi
}

prepare() {
  local password user database
  password=$(setting POSTGRES_PASSWORD)
  user=$(setting POSTGRES_USER postgres)
  database=$(setting POSTGRES_DB "$user")
  local method=\${POSTGRES_HOST_AUTH_METHOD:-}
  if [ -z "$password" ] && [ "$method" != trust ]; then
    echo "postgres: no password for the superuser: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE" >&2
    return 1
  fi
  # The words of POSTGRES_INITDB_ARGS are arguments of their own.
  # shellcheck disable=SC2086
  initdb --username="$user" --pwfile=<(printf '%s\\n' "$password") \${POSTGRES_INITDB_ARGS:-} -D "$PGDATA"
  printf '\\nhost all all all %s\\n' "\${method:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"

  # Nobody outside reaches the database before it is complete.
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  local sql=(psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --username "$user")
  if [ "$database" != postgres ]; then
    "\${sql[@]}" --dbname postgres --set db="$database" <<<'CREATE DATABASE :"db";'
  fi
  local file
  for file in /docker-entrypoint-initdb.d/*; do
    case "$file" in
      *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
      *.sql) "\${sql[@]}" --dbname "$database" -f "$file" ;;
      *.sql.gz) gunzip -c "$file" | "\${sql[@]}" --dbname "$database" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  # A database that was prepared half would be taken for a whole one at the next start.
  trap 'pg_ctl -D "$PGDATA" -m fast stop 2>/dev/null || true; rm -rf "$PGDATA"/*' EXIT
  prepare
  trap - EXIT
fi
exec "$@"
`;
