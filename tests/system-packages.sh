#!/usr/bin/env bash
# What the tests need of the system and pip cannot bring: a browser. `make test` calls it.
# Where it may not install, it says so, and the browser tests are skipped by name (under CI they fail).
set -euo pipefail
if command -v chromium >/dev/null; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "no chromium here, and no leave to install it: the browser tests will be skipped" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
{ apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-liberation; } >/dev/null 2>&1 \
  || echo "chromium could not be installed: the browser tests will be skipped" >&2
