#!/usr/bin/env bash
# Style, types and floors.
set -euo pipefail
bin=.venv/bin
$bin/ruff check .
$bin/ruff format --check .
$bin/lint-imports
$bin/mypy
$bin/basedpyright
