#!/usr/bin/env bash
# What the tests need of the system and pip cannot bring: a browser, PostgreSQL, xmlsec1 (for pysaml2), Docker. `make test` calls it.
# Where it may not install, it says so, and those tests are skipped by name (under CI they fail).
set -euo pipefail
postgres() { command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null; }
missing=()
command -v chromium >/dev/null || missing+=(chromium fonts-liberation)
command -v xmlsec1 >/dev/null || missing+=(xmlsec1)
postgres || missing+=(postgresql)
command -v dockerd >/dev/null || missing+=(docker.io)
[ -x /bin/busybox ] || missing+=(busybox-static)
if [ ${#missing[@]} = 0 ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "no ${missing[*]} here, and no leave to install: their tests will be skipped" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>&1 \
  || echo "${missing[*]} could not be installed: their tests will be skipped" >&2
