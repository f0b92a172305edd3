#!/usr/bin/env bash
# Installs what the tests of the views need beyond npm packages: a browser, Prometheus, a terminal multiplexer and two
# more shells. On Debian and Ubuntu; does nothing where all of it is there.
set -euo pipefail

declare -A packages=([chromium]=chromium [promtool]=prometheus [prometheus]=prometheus [tmux]=tmux [zsh]=zsh [fish]=fish)
missing=()
for tool in "${!packages[@]}"; do
  command -v "$tool" >/dev/null || missing+=("${packages[$tool]}")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo 'all test tools are there'
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "please install: ${missing[*]}" >&2
  exit 1
fi

sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
# The package's post-install starts a server of its own, which nobody here asked for.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" apt-get install -qq --yes --no-install-recommends "${missing[@]}"
