#!/usr/bin/env bash
# Makes .cache/aics, the optional judge aics-tlog for exports; it needs Python 3.12 or newer and says so where there is none.
set -euo pipefail
[ -x .cache/aics/bin/python ] && .cache/aics/bin/python -c 'import aics_tlog' 2>/dev/null && exit 0
shopt -s nullglob
for python in ${CUSTODYD_AICS_BASE:-} python3.14 python3.13 python3.12 "$HOME"/.pyenv/versions/3.1[2-9]*/bin/python python3; do
  "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || continue
  rm -rf .cache/aics
  "$python" -m venv .cache/aics
  .cache/aics/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/setup/aics.lock
  exit 0
done
echo "No Python 3.12 or newer with venv was found: the judge aics-tlog is left out." >&2
