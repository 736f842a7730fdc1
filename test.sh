#!/usr/bin/env bash
# Sets up, builds and passes every test.
#
#   ./test.sh           every test in small; a fresh machine needs a while, later runs a few minutes
#   ./test.sh --slow    also the sanitizer presets in full and the measured numbers, printed as a table
#   ./test.sh --help    all options
#
# The last line is 'N passed, N failed, N skipped'. The data folder is $FRUITS_TEST_DATA, default ../shared; where it
# exists, and with CI=true, a skipped test counts as failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
for option in "$@"; do
  case "$option" in -h | --help) exec python3 tools/run_tests.py --help ;; esac
done
tools/setup.sh --dev
exec .venv/bin/python tools/run_tests.py "$@"
