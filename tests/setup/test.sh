#!/usr/bin/env bash
# Every check of the project, in the order in which a fault is cheapest to find.
set -euo pipefail
bin=.venv/bin
tests/setup/lint.sh
tests/setup/aics.sh
# three at once on two cores: tests of wires wait more than they compute
$bin/pytest -n 3 --dist loadgroup "$@"
