#!/usr/bin/env bash
# Changes the code in thousands of small ways and runs the tests that reach each change: what survives is not tested.
# Arguments: source files of one package. mutmut wants the packages beside each other and under their import names, hence
# the copy below .cache. verify_ledger.py stays out: it stands alone, and the switch between mutants needs an import.
set -euo pipefail
[ $# -gt 0 ] || set -- custodyd/policy.py
part=$(basename "$(dirname "$1")")
[ "$part" != custodyd ] || part=policy
bin=$PWD/.venv/bin
judge=$PWD/tests/mutation/judge.py
place=.cache/mutation/$(basename "$1" .py)
# TESTS='...' names fewer tests: quicker, and stricter, since what few tests kill all tests kill
read -ra tests <<< "${TESTS:-$(echo tests/daemon/"$part"*)}"
selected=$(printf '"%s", ' "${tests[@]}")
files=$(printf '"%s", ' "$@")
rm -rf "$place"
mkdir -p "$place/daemon" "$place/tests"
cp -r daemon/custodyd drivers/custodyd_drivers simulators/custodyd_simulators devices.toml docs "$place"
cp -r tests/daemon tests/conftest.py "$place/tests"
ln -s ../custodyd "$place/daemon/custodyd" # where the tests look for the stand-alone verifier
cat > "$place/pyproject.toml" <<TOML
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = ["--import-mode=importlib", "-p", "no:cacheprovider"]
asyncio_mode = "auto"
asyncio_default_fixture_loop_scope = "function"
timeout = 60
timeout_method = "thread"
markers = ["crash: kills", "foreign: judged", "station: whole"]

[tool.mutmut]
source_paths = ["custodyd"]
only_mutate = [$files]
do_not_mutate = ["custodyd/ledger/verify_ledger.py"]
also_copy = ["custodyd_drivers", "custodyd_simulators", "daemon", "devices.toml", "docs"]
pytest_add_cli_args = ["-m", "not crash and not foreign"]
pytest_add_cli_args_test_selection = [$selected]
TOML
cd "$place"
"$bin/mutmut" run --max-children "${CHILDREN:-2}" > mutmut.log 2>&1 || { tr '\r' '\n' < mutmut.log | tail -40; exit 1; }
tr '\r' '\n' < mutmut.log | tail -2
"$bin/python" "$judge" mutants
