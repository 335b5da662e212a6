# SPDX-License-Identifier: ISC
# `make demo` and `make test` need Python 3.11 or newer and nothing else; both do all their own set-up in .venv.

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
DEMO ?= .demo
JOBS ?= 2
FUZZ_SECONDS ?= 120
SEED ?= 1

# The first interpreter that is new enough; `make PYTHON=/path/to/python …` chooses another.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c '$(NEW_ENOUGH)' 2>/dev/null && { echo $$p; break; }; done)

.DEFAULT_GOAL := help
.PHONY: help venv dev demo demo-stop test lint fuzz faults faults-compared soak interop bench bench-smoke reproduce compiled test-compiled test-paths docker-check clean

help:  ## what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "error: no Python 3.11 or newer found - install it, or make PYTHON=/path/to/python" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

venv: $(VENV)/.installed  ## a virtual environment with the resolver in it

dev: $(VENV)/.installed-dev  ## the same, with what the tests need

demo: $(VENV)/.installed  ## a resolver on a simulated internet: offline, unprivileged, in the background
	@tests/packaging/demo.sh start $(BIN)/resolver $(DEMO)

demo-stop:  ## stop what `make demo` started
	@tests/packaging/demo.sh stop $(BIN)/resolver $(DEMO)

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint  ## style, types, layers and the whole suite
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -q -m "not live"

# Every way of reading sockets, in place of the fastest that the machine has: the processes that tests start obey it.
PATHS := "server.batch=false" "server.loop=asyncio" "server.batch=false server.loop=asyncio"
test-paths: dev  ## the tests of running processes once more, with each I/O path forced
	@for path in $(PATHS); do echo "== $$path"; TEST_SERVER="$$path" \
		$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -q tests/live tests/interop || exit 1; done

fuzz: dev  ## two minutes of broken messages, worlds, files and requests from a stored corpus; FUZZ_SECONDS=3600 SEED=2
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS) --seed $(SEED)

faults: dev  ## the acceptance matrix of attacks and faults, row by row (minutes); ROWS=A05 for some
	FAULT_FULL=1 $(BIN)/python -m tests.faults.matrix -n $(JOBS) $(if $(ROWS),-k "$(ROWS)" --out build/faults.json)

soak: dev  ## an hour among honest and hostile servers and clients: nothing may break, and no memory grow
	$(BIN)/python -m tests.faults.soak

faults-compared: dev  ## the same worlds through Unbound, BIND, Knot Resolver and PowerDNS (root, ten minutes)
	$(BIN)/python -m tests.faults compare

interop: dev  ## against NSD, Knot DNS, BIND and Unbound, where they are installed
	$(BIN)/python -m pytest -q tests/interop

bench: $(VENV)/.installed  ## beside Unbound, BIND, PowerDNS and Knot (hours with BENCH=--long); benchmarks/peers/README.md
	$(BIN)/python -m benchmarks.peers run $(BENCH)

bench-smoke: $(VENV)/.installed  ## one short round of hits, beside Unbound alone
	$(BIN)/python -m benchmarks.peers run --smoke --rounds 1 --seconds 3 --out build/bench-smoke.json $(BENCH)

reproduce: dev  ## the laboratory's reference table, by closed form and both depths of replay; fails when a row is off (3 minutes)
	$(BIN)/python -m benchmarks.lab.reproduce

compiled: dev  ## a copy in build/compiled with its core in machine code (needs a C compiler; docs/decisions/0010)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'mypy[mypyc]' setuptools
	$(BIN)/python -m tools.compiled

test-compiled: compiled  ## the core's own tests once more, on the compiled copy
	cd build/compiled && PYTHONPATH=. $(abspath $(BIN))/python -m tools.compiled --check && \
	PYTHONPATH=. $(abspath $(BIN))/python -m pytest -n $(JOBS) --dist loadgroup -q \
		tests/wire tests/policy tests/cache tests/engine tests/properties tests/service tests/scenarios

docker-check: $(BIN)/python  ## walk the Dockerfile's steps in a clean virtual environment
	@tests/packaging/docker-check.sh $(BIN)/python

clean: demo-stop  ## remove all that the other targets made
	rm -rf $(VENV) $(DEMO) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
