#!/usr/bin/env bash
# What the benchmarks need beyond Python: nginx and wrk (Debian), k6 (Go). `make bench` calls it.
set -euo pipefail
need=()
command -v nginx >/dev/null || need+=(nginx-light)
command -v wrk >/dev/null || need+=(wrk)
if [ ${#need[@]} -gt 0 ]; then
  echo "installing ${need[*]}" >&2
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${need[@]}" >/dev/null
fi
bin="${XDG_CACHE_HOME:-$HOME/.cache}/rentree/bin"
if [ ! -x "$bin/k6" ]; then
  echo "building k6 from its source, once; some minutes" >&2
  mkdir -p "$bin" && GOBIN="$bin" go install go.k6.io/k6@latest
fi
