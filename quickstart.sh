#!/usr/bin/env bash
# From a fresh Debian 12 to results: sets up, builds, imports the default model, renders sample fruit, runs the whole chain
# on it and says where the results lie. Run it again at any time: what is there is not made anew.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
cd "$root"

say() { printf '\n== %s\n' "$*"; }
die() {
  printf 'quickstart: %s\n' "$*" >&2
  exit 1
}
# Runs a command quietly; its output is shown only when it fails.
quietly() {
  local log="build/quickstart/$1.log"
  shift
  "$@" >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    die "'$*' failed; all of its output: $root/$log"
  }
}

[[ $# -eq 0 ]] || die "takes no options, got '$*'"
mkdir -p build/quickstart
photos="$root/build/quickstart/photos"
results="$root/build/quickstart/results"
fruits="$root/.venv/bin/fruits"

say "Packages and wheels"
tools/setup.sh

if [[ -x build/release/apps/cli/fruits ]]; then say "Building what changed"; else say "Building (a few minutes)"; fi
quietly configure cmake --preset release
cmake --build --preset release -j "$(nproc)" --target fruits_cli fruits_python_stub >build/quickstart/build.log 2>&1 || {
  grep -A20 -E 'error|FAILED' build/quickstart/build.log | head -n 60 >&2
  die "the build failed; all of its output: $root/build/quickstart/build.log"
}
quietly install cmake --install build/release --prefix .venv --component fruits

say "Model EfficientNet-Lite0"
if "$fruits" models verify efficientnet-lite0 >/dev/null 2>&1; then
  echo "already in the store"
else
  "$fruits" models import efficientnet-lite0
fi

say "Sample photos"
if [[ -f "$photos/.complete" ]]; then
  echo "already in $photos"
else
  rm -rf "$photos"
  "$fruits" samples "$photos" --photos 24
  touch "$photos/.complete"
fi

say "The whole chain"
"$fruits" run "$photos" --output "$results" --overwrite

.venv/bin/python tools/summarize_run.py "$results"
cat <<END

The command is $fruits. On your own photos, one folder a class:
  $fruits run ~/photos --output ~/results
END
