# `make run` and `make test` are all that a newcomer needs; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
export PIP_DISABLE_PIP_VERSION_CHECK := 1
define NOT_INSTALLED
echo "pip could not install everything; what it says above is why. Free are $$(df -h --output=avail . | tail -1 | tr -d ' ') here \
	and $$(df -h --output=avail "$${TMPDIR:-/tmp}" | tail -1 | tr -d ' ') in $${TMPDIR:-/tmp}; README.md says what is needed. Mend it and run the same command again." >&2; exit 2
endef

.DEFAULT_GOAL := help
.PHONY: help run test e2e lint bench load check clean

help: ## List the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

# One stamp per set of packages: pip runs again only when a requirements file is newer.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install it with: sudo apt-get install python3 python3-venv"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, found $$($(PYTHON) -V). Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update && apt-get install -y python3-venv; \
	  else echo "Python's venv module is missing. Install it with: sudo apt-get install python3-venv"; exit 2; fi; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: requirements.txt requirements-nodeps.txt | $(BIN)/python
	@echo "Installing what the site needs. The first time this takes some minutes."
	$(BIN)/pip install --quiet -r requirements.txt || { $(NOT_INSTALLED); }
	$(BIN)/pip install --quiet --no-deps -r requirements-nodeps.txt || { $(NOT_INSTALLED); }
	@touch $@

$(VENV)/.test-installed: requirements-dev.txt $(VENV)/.run-installed
	$(BIN)/pip install --quiet -r requirements-dev.txt || { $(NOT_INSTALLED); }
	@touch $@

run: $(VENV)/.run-installed ## Serve the site on embedded services; Ctrl-C ends all of it
	@exec $(BIN)/python -m aifashion.run

test: $(VENV)/.test-installed ## Run the tests
	@command -v chromium >/dev/null || { if [ "$$(id -u)" = 0 ]; then apt-get -qq update && apt-get -qq install -y chromium >/dev/null; \
	  else echo "No chromium: the browser tests are skipped. Install it with: sudo apt-get install chromium"; fi; } || true
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.test-installed ## Check format, style, types and imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

bench: $(VENV)/.test-installed ## Measure, as ratios against baselines of the same run
	$(BIN)/python -m pytest -m bench -s tests/benchmarks

load: $(VENV)/.test-installed ## Let fifty visitors in for 90 seconds, on a stack of their own
	$(BIN)/python -m tests.load $(ARGS)

check: $(VENV)/.run-installed ## Django's own checks
	$(BIN)/python manage.py check

clean: ## Remove the environment; var/ with its data stays
	rm -rf $(VENV)
