# What a newcomer types. Everything stays below this checkout: .venv (tools), .state (a simulated station), .cache (judges).
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(wildcard /usr/bin/python3.11 /usr/bin/python3) python3)
BIN := .venv/bin
SEED ?= 0

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

venv: .venv/.ready ## the Python environment, from the hashed lock file

.venv/.ready: requirements-dev.lock pyproject.toml
	@PYTHON="$(PYTHON)" tests/setup/venv.sh

run: venv ## a simulated station: one scripted minute, then live until Ctrl-C
	@$(BIN)/custodysim run devices.toml

system: ## the system packages that the tests need (apt when root, else the line to type)
	@tests/setup/system.sh

test: venv system ## every check, under ten minutes
	@tests/setup/test.sh

lint: venv ## style, types, floors, generated pages
	@tests/setup/lint.sh

coverage: venv system ## every test again, counting branches: 100 % of record, policy and desks, 90 % of the whole
	@tests/setup/coverage.sh

mutation: venv ## the tests tried by changed code; survivors are killed or explained (WHAT='custodyd/ledger/tree.py' for others)
	@tests/setup/mutation.sh $(WHAT)

bench: venv ## figures beside a peer or a limit, into bench/RESULTS.md
	@$(BIN)/python -m bench

kit: venv ## the conformance kit: every device before every bad wire (SEED=n repeats an order)
	@$(BIN)/custodysim kit --seed $(SEED)

replug: venv ## every device that has a plug out and in again, 100 times, under the supervisor (SEED=n repeats)
	@$(BIN)/python -m tests.replug --times 100 --seed $(SEED)

messages: venv ## 10,000 messages through every gateway, one in twenty in trouble (SEED=n repeats a run)
	@$(BIN)/python -m tests.messages --count 10000 --seed $(SEED)

crash: venv ## 1,000 kills and 200 lives on bad disks, under load, half an hour (SEED=n repeats a run)
	@$(BIN)/python -m tests.crash --kills 1000 --disk 200 --seed $(SEED)

quarter: venv ## a quarter of a county under the real daemon: 20,000 clocks, 50 kills, in minutes (SEED=n repeats)
	@$(BIN)/python -m tests.quarter --days 92 --clocks 20000 --kills 50 --seed $(SEED)

nspawn: venv system ## the unit under a real systemd in a container (root): walls, keys, peers, restart, watchdog
	@$(BIN)/pytest -q -s tests/systemd/test_under_systemd.py tests/systemd/long_watchdog.py

lock: ## rewrite both lock files (needs uv)
	@for extra in "" "--extra dev"; do \
	  out=requirements$${extra:+-dev}.lock; \
	  uv pip compile pyproject.toml $$extra --generate-hashes --no-emit-index-url --no-header --no-annotate --universal \
	    --python-version 3.11 -q -o $$out; done

clean: ## forget environment, state and caches
	rm -rf .venv .state .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help venv run system test lint coverage mutation bench kit replug messages quarter nspawn crash lock clean
