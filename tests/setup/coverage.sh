#!/usr/bin/env bash
# Every test under coverage: all branches of the record, the policy and the desks, nine tenths of the whole.
set -euo pipefail
bin=.venv/bin
rm -f .coverage .coverage.*
$bin/coverage run -m pytest -q -p no:cacheprovider "$@"
$bin/coverage combine -q
$bin/coverage report --skip-covered --show-missing --fail-under=90
$bin/coverage report --skip-covered --show-missing --fail-under=100 \
  --include='daemon/custodyd/ledger/*,daemon/custodyd/policy.py,daemon/custodyd/law/*,daemon/custodyd/desk/*'
