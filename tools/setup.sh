#!/usr/bin/env bash
# Makes this tree ready to build on Debian 12: the Debian packages that are missing, and a .venv with the pinned wheels.
#
#   tools/setup.sh          what quickstart.sh needs
#   tools/setup.sh --dev    what test.sh needs too
#
# A second run finds everything in place and takes a moment. Environment:
#   FRUITS_SKIP_PACKAGES=1  leave the system's packages alone (another distribution: install their like yourself)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '== %s\n' "$*" >&2; }
die() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

package_lists=(tools/debian-packages.txt)
requirements=(requirements.txt)
case "${1:-}" in
  '') ;;
  --dev)
    package_lists+=(tools/debian-packages-dev.txt)
    requirements+=(requirements-dev.txt)
    ;;
  *) die "unknown option '$1': expected --dev or nothing" ;;
esac

missing_packages() {
  local wanted installed
  wanted=$(grep -hv '^#' "${package_lists[@]}" | sort -u)
  # shellcheck disable=SC2086  # one word a package
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
    sed -n 's/^installed //p' | sort -u) || true
  comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

install_packages() {
  [[ "${FRUITS_SKIP_PACKAGES:-}" == 1 ]] && return
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
    die "this is not a Debian system. Install what ${package_lists[*]} name, then run again with FRUITS_SKIP_PACKAGES=1."
  local missing
  missing=$(missing_packages)
  [[ -z "$missing" ]] && return
  say "Debian packages to install: ${missing//$'\n'/ }"
  local run=()
  if [[ $(id -u) -ne 0 ]]; then
    command -v sudo >/dev/null ||
      die "installing them takes root, and there is no sudo. As root: apt-get install ${missing//$'\n'/ }"
    run=(sudo)
  fi
  "${run[@]}" apt-get update -q >&2 || say "apt-get update failed; going on with the lists at hand"
  # shellcheck disable=SC2086
  "${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing >&2 ||
    die "apt-get could not install: ${missing//$'\n'/ }"
}

# The first interpreter that is new enough and can make environments.
find_python() {
  local candidate
  for candidate in python3 /usr/bin/python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  die "no Python 3.11 or newer with the venv module was found"
}

# What the environment should hold, as one hash; the place counts, since an environment cannot be moved.
environment_stamp() {
  { pwd -P && .venv/bin/python -VV && cat "${requirements[@]}"; } 2>/dev/null | sha256sum
}

install_wheels() {
  local stamp=".venv/fruits-${requirements[-1]%.txt}.sha256"
  if [[ -x .venv/bin/python && -f "$stamp" && "$(<"$stamp")" == "$(environment_stamp)" ]]; then return; fi
  if [[ ! -x .venv/bin/python ]] || ! .venv/bin/python -m pip --version 2>/dev/null | grep -qF "$(pwd -P)/.venv/"; then
    local python
    python=$(find_python)
    say "making .venv with $python"
    "$python" -m venv --clear .venv
  fi
  say "installing the wheels of ${requirements[*]}"
  .venv/bin/python -m pip install -q --no-input --disable-pip-version-check "${requirements[@]/#/-r}" ||
    die "pip could not install ${requirements[*]} (its words are above)"
  environment_stamp >"$stamp"
}

install_packages
install_wheels
