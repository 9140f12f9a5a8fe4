#!/bin/sh
# Makes this machine ready to run Kitchen on galley. Each thing is announced, and skipped when it is
# there; a set-up that was interrupted goes on where it stopped.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "set-up: $*" >&2; }

# What galley runs with, and what the tests need beside it.
packages="crun containernetworking-plugins golang-github-containers-common skopeo mmdebstrap
busybox-static tini iptables iproute2 util-linux attr ca-certificates"
if [ "${1:-}" = tests ]; then
  packages="$packages docker-registry git jq openssh-client openssh-server
podman runc netavark aardvark-dns chromium prometheus"
fi

missing=""
for package in $packages; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $package"
done

root=""
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    root="sudo -n"
  else
    say "galley runs containers and needs root, and sudo does not work here without a password."
    if [ "${1:-}" = tests ]; then say "Run this as root: sudo npm test"; else say "Run this as root: sudo npm start"; fi
    if [ -n "$missing" ]; then say "It will install these packages: $missing"; fi
    exit 1
  fi
fi

if [ -n "$missing" ]; then
  if ! command -v apt-get >/dev/null; then
    say "these Debian packages are missing, and there is no apt-get to install them:$missing"
    exit 1
  fi
  say "installing Debian packages:$missing"
  export DEBIAN_FRONTEND=noninteractive
  # A registry that the tests start themselves needs no service of its own.
  install() {
    $root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
      apt-get install -y -qq --no-install-recommends $missing >/tmp/galley-apt.log 2>&1
  }
  if ! ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || ! install; then
    $root apt-get update -qq
    install || { tail -n 20 /tmp/galley-apt.log >&2; say "apt-get failed: the log above says why"; exit 1; }
  fi
fi

# The lock that was installed is kept beside what it installed: nothing is to do while they agree.
npm_install() {
  mark="$1/node_modules/.installed-lock"
  if ! cmp -s "$1/package-lock.json" "$mark"; then
    say "installing npm packages in $1"
    (cd "$1" && npm ci --no-audit --no-fund --loglevel=error >&2)
    cp "$1/package-lock.json" "$mark"
  fi
}
npm_install .
npm_install .dagger

# The command line is one bundle; it is made again when a source is newer.
if [ ! -e engine/dist/cli.cjs ] || [ -n "$(find engine/src engine/build.mjs engine/package.json -newer engine/dist/cli.cjs -print -quit)" ]; then
  say "building galley"
  npm run --silent build >&2
fi
