# Everything a person needs: `make serve`, `make test`. Both do their own set-up in .venv.
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
HOST ?= 127.0.0.1
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Pages are also tested in a real browser where there is one; .ci/run installs it.
NO_BROWSER := $(if $(and $(wildcard /usr/bin/chromium),$(wildcard /usr/bin/chromedriver)),,--ignore=tests/browser)
# What others make of our replies is also tested behind nginx, with curl, where there are both.
NO_PROXY_TESTS := $(if $(and $(wildcard /usr/sbin/nginx),$(wildcard /usr/bin/curl)),,--ignore=tests/proxy)
# The servers of others that ours is compared with.
BENCH := .venv-bench
# The clients in JavaScript; without npm they are reported as not run.
CLIENTS := $(if $(shell command -v npm),node_modules/.package-lock.json)

.PHONY: serve test conformance hostile soak bench docs format lock clean

serve: $(READY)
	@exec $(BIN)/smartgraph serve --host $(HOST) --port $(PORT)

test: $(READY)
	@$(BIN)/python -m compileall -q src
	@$(BIN)/ruff check src tests docs
	@$(BIN)/mypy
	@$(BIN)/smartgraph format --check
	@$(BIN)/pytest --cov --cov-report=term:skip-covered $(NO_BROWSER) $(NO_PROXY_TESTS)
	@$(if $(NO_BROWSER),echo "The browser tests did not run: no Chromium here. On Debian: apt install chromium chromium-driver")
	@$(if $(NO_PROXY_TESTS),echo "The tests behind nginx did not run: no nginx or no curl here. On Debian: apt install nginx-light curl")

# The test suites and the programs of others: DIR holds checkouts of w3c/rdf-tests and w3c/data-shapes.
# WRITE=docs/conformance.md writes the page anew.
conformance: $(READY) $(CLIENTS)
	@$(if $(DIR),,echo "Say where the suites are: make conformance DIR=…" >&2; exit 2)
	@PYTHONPATH=tests $(BIN)/python -m conformance "$(DIR)" $(if $(WRITE),--write "$(WRITE)")

# Ten minutes at full load, with attacks beside and a release changed every 20 seconds.
soak: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m soak $(if $(WRITE),--write "$(WRITE)")

# Some hundred attacks on a running server, each with what came of it. WRITE=FILE writes a page.
hostile: $(READY)
	@PYTHONPATH=tests $(BIN)/python -m hostile $(if $(WRITE),--write "$(WRITE)")

# Our server beside others on the same data, which takes 40 minutes; needs wrk and nginx.
# OPTIONS='--size 200000 --only ask' takes less, WRITE=docs/bench.md writes the page anew.
bench: $(READY) $(BENCH)/.ready
	@PYTHONPATH=tests $(BIN)/python -m bench --programs $(BENCH)/bin $(OPTIONS) $(if $(WRITE),--write "$(WRITE)")

$(BENCH)/.ready: tests/bench/requirements.lock
	@echo "Setting up $(BENCH) …"
	@$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

format: $(READY)
	@$(BIN)/smartgraph format
	@$(BIN)/ruff format src tests docs

# Writes the generated pages and drawings; fails if something has no text in German and English.
docs: $(READY)
	@PYTHONPATH=docs:tests $(BIN)/python -m generator

# The lock names versions and hashes, no addresses.
LOCK := pip compile --universal --python-version 3.11 \
	  --generate-hashes --no-strip-extras --no-header --no-emit-index-url --no-annotate
lock: $(READY)
	@$(BIN)/uv $(LOCK) pyproject.toml --extra test --output-file requirements.lock
	@$(BIN)/uv $(LOCK) tests/bench/requirements.in --output-file tests/bench/requirements.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, found " + sys.version.split()[0])'
	@echo "Setting up $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf node_modules $(VENV) $(BENCH) .smartgraph dist build .coverage .pytest_cache .mypy_cache .ruff_cache
