# Four commands for a newcomer:
#   make run    sets up, trains everything, packs it, serves it and prints three loan quotas
#   make console  after it: the console in the browser, with demo accounts (PORT=3001)
#   make check  sets up, then lint, types and the quick unit tests, in a few minutes
#   make test   sets up and runs every check and test
# REAL=path/to/cumcm2020_sme makes `make run` also run the experiment on real invoices.

PYTHON ?= python3.11
VENV := .venv
PORT ?= 3001
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
# Every process would compile the sources anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run text-stages other-stages console check test service-tests other-tests test-long coverage mutation lint types quick lock clean postgres chromium wrk

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

TEXT := matching_encoder matching_index matching chain_placement chain_scores chain_investors ladder
OTHER := risk points quota certificate decide clearance_events clearance approvals_events approvals \
  incubator_records incubators

# The stages of TEXT run beside the others, none of which needs them; the second `dvc repro` makes whatever is left.
run: setup ## Train, pack, serve; ends with three printed decisions
	$(BIN)/dvc repro assemble
	@$(MAKE) --no-print-directory --jobs=2 text-stages other-stages
	$(BIN)/dvc repro
	$(BIN)/python -m serving pack
	$(BIN)/python -m serving build
	$(BIN)/python -m serving demo
	@if [ -n "$(REAL)" ]; then $(BIN)/python -m experiments real-invoices "$(REAL)"; fi

text-stages: setup
	$(BIN)/dvc --wait-for-lock repro --single-item $(TEXT)

other-stages: setup
	$(BIN)/dvc --wait-for-lock repro --single-item $(OTHER)

# The demo's own store; jobs that the console takes are carried out by the worker beside it, which ends with it.
console: export IP_LEDGER_URL := sqlite:///$(CURDIR)/artifacts/console/ledger.sqlite
console: setup ## The console in the browser, with demo accounts for trying (needs `make run`)
	@mkdir -p artifacts/console
	@$(BIN)/python -m experiments worker & worker=$$!; trap 'kill $$worker 2>/dev/null' EXIT; trap : INT TERM; \
	$(BIN)/python -m serving console --demo --port $(PORT)

# Types and tests run beside each other; what trains a cohort, starts PostgreSQL or takes seconds is left to `make test`.
check: setup ## Lint, types and the quick unit tests, in a few minutes on two cores
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target types quick

SLOW := tests/training/test_tracking.py tests/training/tuning/test_study.py tests/training/risk/test_time_order.py \
  tests/training/quota/test_certificate.py tests/serving/runtime tests/serving/applications/test_expiry.py

types: setup
	$(BIN)/mypy

quick: setup
	$(BIN)/python -m pytest -q --durations=0 --durations-min=2 -m "not cohort_wide and not truth" -k "not postgresql" \
	  $(addprefix --ignore=,$(SLOW)) tests/data tests/features tests/models tests/training tests/serving

lint: setup types ## Format, lint and type checks
	$(BIN)/ruff format --check
	$(BIN)/ruff check

# The ledger's tests start a PostgreSQL of their own. Without its server programs the tests that need them are skipped
# and counted with that reason.
postgres:
	@if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql; \
	else \
	  echo "PostgreSQL's server programs (initdb, postgres) were not found: the tests that need them are skipped."; \
	  echo "Get them by 'sudo apt-get install postgresql' (Debian, Ubuntu), 'sudo dnf install postgresql-server' (Fedora),"; \
	  echo "'brew install postgresql' (macOS) or 'conda install postgresql', so that initdb is on PATH."; \
	fi

# The console's tests open it in Chromium; without it those tests are skipped and counted with that reason.
chromium:
	@if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk; \
	else \
	  echo "Chromium was not found: the tests of the console in a browser are skipped."; \
	  echo "Get it by 'sudo apt-get install chromium fonts-noto-cjk' (Debian), 'sudo dnf install chromium' (Fedora)"; \
	  echo "or install Google Chrome, so that chromium or google-chrome is on PATH."; \
	fi

# Only the load benchmark (`python -m experiments bench serving --only load`) needs it.
wrk: ## Install wrk, which the load benchmark of the service uses
	@command -v wrk >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq wrk; }

# Two halves of like length run beside each other, the types before one of them; each prints when it is done. What FIRST
# does not name is in the other half.
test: setup postgres chromium ## Every check and test; each half ends with its skipped tests and their reasons
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target types other-tests service-tests

FIRST := tests/data tests/models tests/serving

# A thread that waits for another gives its core to the other half.
service-tests other-tests text-stages other-stages: export OMP_WAIT_POLICY := passive

service-tests: setup
	$(BIN)/python -m pytest -rs $(FIRST)

other-tests: setup
	$(BIN)/python -m pytest -rs $(addprefix --ignore=,$(FIRST))

test-long: setup postgres chromium ## The campaigns in their long forms: fuzzing, kills, the console's pages (needs `make run`)
	$(BIN)/python -m experiments bench serving --only schemathesis --only fuzz --only kill --only store
	$(BIN)/python -m experiments bench console

coverage: setup postgres ## Which lines and branches the tests reach: artifacts/coverage/index.html
	$(BIN)/coverage run --branch --source=data,features,models,training,serving -m pytest -q -rs
	$(BIN)/coverage html --directory=artifacts/coverage --skip-covered
	$(BIN)/coverage report --skip-covered --sort=cover

mutation: setup ## Plant faults in the formulas and say which of them the quick tests find
	$(BIN)/mutmut run
	$(BIN)/python -m experiments mutation-report

# The CPU build has a name of its own where it lies; named so while resolving, no CUDA package follows it.
lock: ## Resolve requirements.lock again from pyproject.toml
	sed -i 's/^torch==2.13.0$$/torch==2.13.0+cpu/' requirements.lock
	uv pip compile --no-emit-find-links --no-header --no-annotate --python-version 3.11 --all-extras \
	  --find-links "$$(pip config get global.find-links)" pyproject.toml -o requirements.lock
	sed -i 's/^torch==2.13.0+cpu$$/torch==2.13.0/' requirements.lock

# Once something was promoted, runs and registry are no longer the pipeline's alone.
clean: ## Remove what the pipeline made
	rm -rf artifacts mutants data/raw data/derived
	@if [ -s promotions.jsonl ]; then echo "kept: mlflow.db, mlruns, promotions.jsonl (the registry of champions)"; \
	else rm -rf mlflow.db mlruns; fi
