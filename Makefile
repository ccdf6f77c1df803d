# Two commands for a newcomer:
#   make run    sets up, trains everything, packs it, serves it and prints three loan quotas
#   make test   sets up and runs every check and test
# REAL=path/to/cumcm2020_sme makes `make run` also run the experiment on real invoices.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The last bit of a sum depends on how many threads share it; small matrices gain nothing from a second one.
export OPENBLAS_NUM_THREADS := 1
export DVC_NO_ANALYTICS := 1
export MLFLOW_DISABLE_TELEMETRY := true
export BENTOML_DO_NOT_TRACK := true
export HF_HUB_OFFLINE := 1
export HF_HUB_DISABLE_TELEMETRY := 1
export DO_NOT_TRACK := 1
export BENTOML_HOME ?= $(CURDIR)/artifacts/bentoml
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run test mutation lint lock clean postgres wrk

help: ## List the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(READY) ## Create .venv with the exact versions of requirements.lock

# uv is several times faster; plain pip gives the same set, because the lock names every package and --no-deps adds none.
# pip's own find-links setting is handed on, since that is where a CPU build of PyTorch may lie.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	@if $(BIN)/python -m pip install --quiet uv && [ -n "$$($(BIN)/python -m pip config get global.find-links 2>/dev/null)" ]; then \
	  UV_FIND_LINKS="$$($(BIN)/python -m pip config get global.find-links)" VIRTUAL_ENV="$(CURDIR)/$(VENV)" \
	    $(BIN)/uv pip install --no-deps --compile-bytecode -r requirements.lock; \
	else \
	  $(BIN)/python -m pip install --no-deps --progress-bar on -r requirements.lock; \
	fi
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

run: setup ## Train, pack, serve; ends with three printed decisions
	$(BIN)/dvc repro
	$(BIN)/python -m serving pack
	$(BIN)/python -m serving build
	$(BIN)/python -m serving demo
	@if [ -n "$(REAL)" ]; then $(BIN)/python -m experiments real-invoices "$(REAL)"; fi

lint: setup ## Format, lint and type checks
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy

# The ledger's tests start a PostgreSQL of their own; its server programs come from Debian when they are not there.
postgres:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; }

# Only the load benchmark (`python -m experiments bench serving --only load`) needs it.
wrk: ## Install wrk, which the load benchmark of the counter uses
	@command -v wrk >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq wrk; }

test: setup lint postgres ## Every check and test
	$(BIN)/python -m pytest

mutation: setup ## Plant faults in the formulas and say which of them the quick tests find
	$(BIN)/mutmut run
	$(BIN)/python -m experiments mutation-report

# The CPU build has a name of its own where it lies; named so while resolving, no CUDA package follows it.
lock: ## Resolve requirements.lock again from pyproject.toml
	sed -i 's/^torch==2.13.0$$/torch==2.13.0+cpu/' requirements.lock
	uv pip compile --no-emit-find-links --no-header --no-annotate --python-version 3.11 --all-extras \
	  --find-links "$$(pip config get global.find-links)" pyproject.toml -o requirements.lock
	sed -i 's/^torch==2.13.0+cpu$$/torch==2.13.0/' requirements.lock

clean: ## Remove what the pipeline made
	rm -rf artifacts mutants data/raw data/derived mlflow.db mlruns
