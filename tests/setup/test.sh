#!/usr/bin/env bash
# Every check of the project, in the order in which a fault is cheapest to find.
set -euo pipefail
bin=.venv/bin
tests/setup/lint.sh
tests/setup/aics.sh
$bin/pytest -n 2 --dist loadgroup "$@"
